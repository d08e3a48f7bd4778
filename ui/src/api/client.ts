/** The console API, typed by the server's OpenAPI document. */

import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** Where the server is reached, without a slash at the end; empty at the root of its host. */
export const basePath: string =
  document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? "";

/** What one thing that was wrong says of itself; errors with fields name them. */
export interface ErrorDetail {
  field?: string;
  problem?: string;
  allowed?: string;
  [more: string]: unknown;
}

/** An answer that is no success, in the server's words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly details: ErrorDetail[],
    readonly retryAfterSeconds: number | null,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** The wrong fields and what is wrong with each, for forms. */
  get fields(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const detail of this.details) {
      if (typeof detail.field === "string" && found[detail.field] === undefined) {
        found[detail.field] = sentence(detail);
      }
    }
    return found;
  }
}

/** What a detail of an error says, as one line. */
export function sentence(detail: ErrorDetail): string {
  const problem = detail.problem ?? "is wrong";
  return detail.allowed ? `${problem} (${detail.allowed})` : problem;
}

let csrfToken = "";
let onSignedOut: () => void = () => {};

/** Give the token that calls by cookie must carry; it comes with sign-in and with `me`. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Who is told when the server no longer knows the session. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

const session: Middleware = {
  onRequest({ request }) {
    if (csrfToken && request.method !== "GET" && request.method !== "HEAD") {
      request.headers.set("X-CSRF-Token", csrfToken);
    }
    return request;
  },
};

/** Calls of every endpoint; answers are unwrapped with `answer`. */
export const api = createClient<paths>({
  baseUrl: basePath,
  credentials: "same-origin",
  // The server reads repeated parameters, and commas as themselves.
  querySerializer: { array: { style: "form", explode: true } },
});
api.use(session);

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer; throws `ApiError` in the server's words, or for a server out of reach. */
export async function answer<T>(call: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>;
  try {
    outcome = await call;
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") {
      throw problem;
    }
    throw new ApiError(0, 14, "The server cannot be reached. Is it running?", [], null);
  }
  if (outcome.response.ok) {
    return outcome.data as T;
  }
  throw failure(outcome.response, outcome.error);
}

/** The `ApiError` that an unsuccessful response stands for. */
export function failure(response: Response, body: unknown): ApiError {
  if (response.status === 401) {
    onSignedOut();
  }
  const told = typeof body === "object" && body !== null ? (body as Partial<ApiError>) : {};
  const wait = Number(response.headers.get("retry-after"));
  return new ApiError(
    response.status,
    typeof told.code === "number" ? told.code : 2,
    typeof told.message === "string" ? told.message : `The server answered ${response.status}.`,
    Array.isArray(told.details) ? told.details : [],
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

/**
 * Call a path that is made at run time, such as that of any kind of definition.
 * The caller names the answer's type.
 */
export async function call<T>(
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  options: { query?: Query; body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  const headers = new Headers();
  if (options.body !== undefined) {
    headers.set("Content-Type", "application/json");
  }
  if (csrfToken && method !== "GET") {
    headers.set("X-CSRF-Token", csrfToken);
  }
  let response: Response;
  try {
    response = await fetch(`${basePath}${path}${queryText(options.query)}`, {
      method,
      headers,
      credentials: "same-origin",
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
    });
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") {
      throw problem;
    }
    throw new ApiError(0, 14, "The server cannot be reached. Is it running?", [], null);
  }
  const text = await response.text();
  const body: unknown = text ? safeJson(text) : {};
  if (!response.ok) {
    throw failure(response, body);
  }
  return body as T;
}

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

/** A query string with its question mark; empty where there is nothing to say. */
export function queryText(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== "") {
        parameters.append(name, String(each));
      }
    }
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

/** A path with its open segments filled in, escaped. */
export function pathOf(template: string, ...segments: string[]): string {
  let index = 0;
  return template.replaceAll(/\{[^}]+\}/g, () => encodeURIComponent(segments[index++] ?? ""));
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
