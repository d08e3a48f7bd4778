import { describe, expect, test } from "vitest";
import { ApiError } from "@/api/client";
import { stepAfter } from "./sign-in-steps";

function refused(status: number, detail: Record<string, unknown>): ApiError {
  return new ApiError(status, 16, "No", [detail], null);
}

describe("stepAfter", () => {
  test("asks for what the server asks for", () => {
    expect(stepAfter(refused(401, { second_factor: "totp" }))).toEqual({ name: "code" });
    expect(stepAfter(refused(401, { password: "change" }))).toEqual({ name: "new-password" });
    expect(stepAfter(refused(401, { second_factor: "enrol", ticket: "t" }))).toEqual({
      name: "enrol",
      ticket: "t",
    });
  });

  test("asks for nothing more where it is simply wrong", () => {
    expect(stepAfter(refused(401, {}))).toBeNull();
    expect(stepAfter(refused(429, { second_factor: "totp" }))).toBeNull();
    expect(stepAfter(new Error("broken"))).toBeNull();
  });
});
