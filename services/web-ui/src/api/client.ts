/** The typed client of the REST API: paths and bodies are checked against the server's OpenAPI document. */

import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";
import { authorization } from "./token";

export type Schemas = components["schemas"];
export type Problem = Schemas["ProblemDocument"];

/** What an endpoint answered instead of its result. `status` 0: there was no answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.status = problem.status;
    this.problem = problem;
  }
}

export function unreachable(error: unknown): ApiError {
  return new ApiError({
    type: "about:blank",
    title: "No answer",
    status: 0,
    code: "unreachable",
    detail: "The API does not answer.",
    hint: `Is the stack up? See: dw-sim status (${error instanceof Error ? error.message : String(error)})`,
    problems: [],
  });
}

/** The error of an answer that is not a success; also when it is no problem document. */
export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "detail" in body) return new ApiError(body as Problem);
  } catch {
    // Not JSON: said below.
  }
  return new ApiError({
    type: "about:blank",
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    code: "http",
    detail: text.slice(0, 500) || `The server answered ${response.status}.`,
    problems: [],
  });
}

/** `fetch` with the token, that throws `ApiError` for every answer that is not a success. */
export async function request(input: string | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  for (const [name, value] of Object.entries(authorization())) request.headers.set(name, value);
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable(error);
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

export const api = createClient<paths>({
  baseUrl: typeof window === "undefined" ? "" : window.location.origin,
  fetch: (input) => request(input),
});

/** The body of a success; `request` has thrown for everything else. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** One request by method and path, for bodies that the typed client does not know how to send. */
export async function call<T>(
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  options: { json?: unknown; text?: string; type?: string; signal?: AbortSignal } = {},
): Promise<T> {
  const init: RequestInit = { method, headers: { Accept: "application/json" } };
  if (options.signal) init.signal = options.signal;
  if (options.json !== undefined) {
    init.body = JSON.stringify(options.json);
    init.headers = { ...init.headers, "Content-Type": "application/json" };
  } else if (options.text !== undefined) {
    init.body = options.text;
    init.headers = { ...init.headers, "Content-Type": options.type ?? "text/plain" };
  }
  const response = await request(new URL(path, window.location.origin).href, init);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export type { Middleware };
