// What is made of the built site once Vite has written it: the service worker that keeps it, and the same tool in
// one file that opens from disk.

import { createHash } from "node:crypto";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "vite";

/// Every file of the site, named as the page names it, with what changes when it does. Files in assets/ carry a hash
/// in their name.
async function filesOf(folder: string): Promise<{ url: string; revision: string | null }[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => name !== "sw.js" && name !== "tensorledger.html")
    .sort();
  return Promise.all(
    files.map(async (url) => {
      if (url.startsWith("assets/")) return { url, revision: null };
      const hash = createHash("sha256").update(await readFile(join(folder, url)));
      return { url, revision: hash.digest("hex").slice(0, 16) };
    }),
  );
}

/// dist/embed/: the pages of web/embed as they are, since that is how a reader would write them.
export function pagesOfEmbedding(folder: string): Plugin {
  return {
    name: "pages-of-embedding",
    apply: "build",
    async closeBundle() {
      await cp(new URL("embed", import.meta.url), join(folder, "embed"), { recursive: true });
    },
  };
}

/// dist/sw.js, which knows every other file of the site.
export function serviceWorker(folder: string): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    async closeBundle() {
      await build({
        configFile: false,
        logLevel: "warn",
        define: {
          SITE: JSON.stringify(await filesOf(folder)),
          "process.env.NODE_ENV": '"production"',
        },
        publicDir: false,
        build: {
          outDir: folder,
          emptyOutDir: false,
          target: "es2022",
          reportCompressedSize: false,
          lib: {
            entry: new URL("src/sw.ts", import.meta.url).pathname,
            formats: ["iife"],
            name: "sw",
            fileName: () => "sw.js",
          },
        },
      });
    },
  };
}

/// Bytes as text, four to five digits of base 85 (base 64 would take a fifteenth more): the characters from "%" on, with
/// "z" in place of "<". single.ts reads them.
function digits(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 4) * 5);
  for (let group = 0; group * 5 < text.length; group++) {
    let number = 0;
    for (let i = 0; i < 4; i++) number = number * 256 + (bytes[group * 4 + i] ?? 0);
    for (let i = 4; i >= 0; i--) {
      const code = 37 + (number % 85);
      text[group * 5 + i] = code === 60 ? 122 : code;
      number = Math.floor(number / 85);
    }
  }
  return new TextDecoder().decode(text);
}

/// Text that stands in a script element of type text/plain.
function asset(name: string, bytes: Uint8Array): string {
  const packed = gzipSync(bytes, { level: 9 });
  return `<script type="text/plain" id="${name}" data-size="${packed.length}">${digits(packed)}</script>`;
}

/// dist/tensorledger.html: page, styles, module and tables in one file. Script, module and tables are compressed, and
/// unpacked by the browser.
export function singleFile(folder: string, module: string): Plugin {
  return {
    name: "single-file",
    apply: "build",
    async closeBundle() {
      const bundled = async (source: string) => {
        const bundle = await build({
          configFile: false,
          logLevel: "warn",
          publicDir: false,
          define: { SINGLE_FILE: "true" },
          resolve: { alias: { tensorledger: module } },
          build: {
            write: false,
            target: "es2022",
            assetsInlineLimit: 0,
            cssCodeSplit: false,
            reportCompressedSize: false,
            modulePreload: false,
            rollupOptions: {
              input: new URL(source, import.meta.url).pathname,
              output: { inlineDynamicImports: true },
            },
          },
        });
        return (Array.isArray(bundle) ? bundle : [bundle]).flatMap((one) =>
          "output" in one ? one.output : [],
        );
      };
      const outputs = await bundled("src/main.ts");
      const codeOf = (parts: typeof outputs) =>
        parts.flatMap((one) => (one.type === "chunk" ? [one.code] : [])).join("\n");
      const code = codeOf(outputs);
      const boot = codeOf(await bundled("src/boot.ts")).replaceAll("</script", "<\\/script");
      const beside = (name: string) => readFile(new URL(name, `file://${module}`));
      const assets = await Promise.all(
        [
          ...["tensorledger.wasm", "tensorledger.rest.wasm"],
          ...["catalog.txt", "catalog.rest.txt", "bibliography.json"],
        ].map(async (name) => asset(name, await beside(name))),
      );
      assets.push(asset("page", Buffer.from(code)));
      const site = await readFile(join(folder, "index.html"), "utf8");
      const style = site.match(/assets\/[^"]*\.css/)?.[0];
      if (!style || !code) throw new Error("the built page has no style sheet or no script");
      const later = outputs.flatMap((one) =>
        one.type === "asset" && one.fileName.endsWith(".css") ? [String(one.source)] : [],
      );
      const css = [await readFile(join(folder, style), "utf8"), ...later].join("\n");
      const theme = await readFile(new URL("src/theme.js", import.meta.url), "utf8");
      const icon = await readFile(new URL("public/icon.svg", import.meta.url));
      const hash = (text: string) =>
        `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
      const policy = `default-src 'none'; script-src ${hash(theme)} ${hash(boot)} ${hash(code)} 'wasm-unsafe-eval'; style-src ${hash(css)}; img-src data:; base-uri 'none'; form-action 'none'`;
      const page = site
        .replace(/content="default-src[^"]*"/, () => `content="${policy}"`)
        .replace(/<link rel="preload"[^>]*>/g, "")
        .replace(/<link rel="(modulepreload|stylesheet|icon|manifest)"[^>]*>/g, "")
        .replace(/<script type="module"[^>]*><\/script>/, "")
        .replace(
          "</head>",
          () =>
            `<link rel="icon" href="data:image/svg+xml;base64,${icon.toString("base64")}" /><style>${css}</style></head>`,
        )
        .replace(
          "</body>",
          () => `${assets.join("\n")}\n<script type="module">${boot}</script>\n</body>`,
        );
      await writeFile(join(folder, "tensorledger.html"), page);
    },
  };
}
