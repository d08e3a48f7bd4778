import { useEffect, useState } from "react";

const EVERY_MS = 15_000;

/** The present in seconds since the epoch; moves on a few times a minute. */
export function useNow(): number {
  const [now, setNow] = useState(() => Math.floor(Date.now() / 1000));
  useEffect(() => {
    const timer = setInterval(() => setNow(Math.floor(Date.now() / 1000)), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
