import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { licences } from "./licences";

const server = process.env.MATSURI_URL ?? "http://127.0.0.1:7450";

export default defineConfig(({ command }) => ({
  // Assets are found from the page's <base>, which the server sets to where it is reached.
  base: command === "build" ? "./" : "/",
  plugins: [
    react(),
    licences(),
    {
      name: "page-placeholders",
      transformIndexHtml: (html) =>
        command === "build" ? html : html.replaceAll("__BASE__", "").replaceAll("__NONCE__", ""),
    },
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/matsuri/web/static",
    emptyOutDir: true,
    target: "es2022",
    // The security policy allows no inlined data but pictures; a file each is cached longer.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/v1": server, "/openapi.json": server, "/docs": server } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
}));
