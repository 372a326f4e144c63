// Keeps the site for later: registers the service worker, and tells the page when a newer version waits.

import { Workbox } from "workbox-window";

/// Calls `waiting` with what takes the newer version over, once there is one. Where service workers cannot be (a
/// file on disk, a sandboxed frame, storage denied) the page works as it is.
export async function keepOffline(waiting: (take: () => void) => void): Promise<void> {
  if (!("serviceWorker" in navigator) || !/^https?:$/.test(window.location.protocol)) return;
  const worker = new Workbox("./sw.js");
  worker.addEventListener("waiting", () => {
    waiting(() => {
      worker.addEventListener("controlling", () => window.location.reload());
      worker.messageSkipWaiting();
    });
  });
  try {
    await worker.register();
  } catch {
    // The site is then read from the network each time.
  }
}
