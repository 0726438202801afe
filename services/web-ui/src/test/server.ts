/** A stand-in for the API in tests of components: answers by method and path, and keeps what was asked. */

import { vi } from "vitest";

export interface Asked {
  method: string;
  path: string;
  search: URLSearchParams;
  text: string;
  headers: Headers;
}

type Answer = unknown | ((asked: Asked) => unknown | Response | Promise<unknown | Response>);

export interface FakeServer {
  asked: Asked[];
  /** Requests of this method and path so far. */
  of: (route: string) => Asked[];
  /** Set or replace an answer: `GET /api/services`. */
  on: (route: string, answer: Answer) => void;
}

/** `routes`: by `METHOD /path`; a path's segment `:x` matches anything. What is not there answers 404. */
export function fakeServer(routes: Record<string, Answer>): FakeServer {
  const asked: Asked[] = [];
  const answers = { ...routes };
  vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const found: Asked = {
      method: request.method,
      path: decodeURIComponent(url.pathname),
      search: url.searchParams,
      text: await request.text(),
      headers: request.headers,
    };
    asked.push(found);
    const route = Object.keys(answers).find((each) => matches(each, found));
    if (route === undefined) return problem(404, `no answer for ${found.method} ${found.path}`);
    const answer = answers[route];
    const value = typeof answer === "function" ? await answer(found) : answer;
    return value instanceof Response ? value : Response.json(value ?? null);
  });
  return {
    asked,
    of: (route) => asked.filter((each) => matches(route, each)),
    on: (route, answer) => {
      answers[route] = answer;
    },
  };
}

export function problem(status: number, detail: string, more: Record<string, unknown> = {}): Response {
  const document = {
    type: "about:blank",
    title: "Error",
    status,
    detail,
    code: "test",
    problems: [],
    ...more,
  };
  return Response.json(document, { status, headers: { "content-type": "application/problem+json" } });
}

function matches(route: string, asked: Asked): boolean {
  const [method, path] = route.split(" ");
  const wanted = (path ?? "").split("/");
  const given = asked.path.split("/");
  return (
    method === asked.method &&
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith(":") || part === given[index])
  );
}
