/** What the server still wants after a refused sign-in. Pure. */

import { ApiError } from "@/api/client";

export type Step =
  | { name: "password" }
  | { name: "code" }
  | { name: "new-password" }
  | { name: "enrol"; ticket: string };

/** The step that an error asks for; `null` where it only says that something is wrong. */
export function stepAfter(error: unknown): Step | null {
  if (!(error instanceof ApiError) || error.status !== 401) {
    return null;
  }
  for (const detail of error.details) {
    if (detail.second_factor === "totp") {
      return { name: "code" };
    }
    if (detail.second_factor === "enrol" && typeof detail.ticket === "string") {
      return { name: "enrol", ticket: detail.ticket };
    }
    if (detail.password === "change") {
      return { name: "new-password" };
    }
  }
  return null;
}
