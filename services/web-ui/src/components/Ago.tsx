import { Text, Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { ago, moment } from "~/format";

/** A moment as `3 minutes ago`, exact on hover. */
export function Ago({ at }: { at: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <Tooltip label={moment(at)}>
      <Text component="time" dateTime={at} inherit>
        {ago(at, now)}
      </Text>
    </Tooltip>
  );
}
