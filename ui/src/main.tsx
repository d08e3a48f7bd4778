import "@mantine/core/styles.css";
import "@mantine/dates/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./styles.css";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { router } from "./router";
import { SignIn } from "./screens/sign-in/sign-in";
import { SessionGate } from "./session/session";
import { ErrorPanel, Waiting } from "./shared/feedback";
import { theme } from "./theme";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
// Where the part of Mantine's dialogs that holds the page behind them still looks for the nonce.
Object.assign(window, { __webpack_nonce__: nonce });

// Dialogs stop the page from scrolling by a style element, whose maker looks for the nonce here.
Object.assign(globalThis, { __webpack_nonce__: nonce });

// Where dialogs keep the page from scrolling, a library makes a style element with this nonce.
Object.assign(globalThis, { __webpack_nonce__: nonce });

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      // What the server refuses it will refuse again; what it could not do may work now.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status > 0 && error.status < 500),
    },
  },
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <QueryClientProvider client={queries}>
          <Notifications position="top-center" />
          <SessionGate
            signIn={<SignIn />}
            waiting={<Waiting />}
            failed={(error, retry) => <ErrorPanel error={error} retry={retry} />}
          >
            <RouterProvider router={router} />
          </SessionGate>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
