// The service worker: the whole site, kept from the first visit on, so that the tool opens and answers without a
// network. A newer version is fetched in the background and waits until the reader takes it.

import { cleanupOutdatedCaches, precacheAndRoute } from "workbox-precaching";

declare const self: ServiceWorkerGlobalScope;

/// Every file of the built site; put in when it is built.
declare const SITE: { url: string; revision: string | null }[];

// The query is the reader's set-up: whatever it is, the page is the same file.
precacheAndRoute(SITE, { ignoreURLParametersMatching: [/./] });
cleanupOutdatedCaches();

self.addEventListener("message", ({ data }) => {
  if (data?.type === "SKIP_WAITING") void self.skipWaiting();
});
