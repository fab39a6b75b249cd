import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { build, defineConfig, type Plugin } from "vite";
import { narrowFonts } from "./narrowFonts.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const INTER = `@font-face {
  font-family: "Inter";
  font-weight: 100 900;
  src: url("inter.woff2") format("woff2");
}
`;

/** What pages begin with: the studio's own script, and one of each folder that is a page. */
const pages = () =>
  ["", ...readdirSync(here("src"))].map((name) => here(`src/${name}/main.ts`)).filter(existsSync);

/** Puts the API reference's assets into dist/docs, so that /docs works offline under a strict policy. */
function docsAssets(): Plugin {
  const files = {
    "docs/swagger-ui-bundle.js": here("node_modules/swagger-ui-dist/swagger-ui-bundle.js"),
    "docs/swagger-ui.css": here("node_modules/swagger-ui-dist/swagger-ui.css"),
    "docs/init.js": here("src/docs/init.js"),
  };
  return {
    name: "docs-assets",
    generateBundle() {
      for (const [fileName, path] of Object.entries(files)) {
        // The source maps stay behind, so the references to them go too.
        const source = readFileSync(path, "utf8").replace(/\n?\/[/*]# sourceMappingURL=\S+( \*\/)?/g, "");
        this.emitFile({ type: "asset", fileName, source });
      }
      const font = here("node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2");
      this.emitFile({ type: "asset", fileName: "docs/inter.woff2", source: readFileSync(font) });
      this.emitFile({ type: "asset", fileName: "docs/fonts.css", source: INTER });
    },
  };
}

/** KaTeX offers each font three times; every browser this UI runs in reads woff2. */
function woff2Only(): Plugin {
  return {
    name: "woff2-only",
    enforce: "pre",
    transform(code, id) {
      if (!/katex[^/]*\.css$/.test(id.split("?")[0] ?? "")) return null;
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'][a-z]+["']\)/g, "");
    },
  };
}

/** Less than this saves no packet. */
const WORTH_IT = 1400;

/** Every script, style and text also as .br and .gz: compressed once, when all is written, and never by the server. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    writeBundle({ dir }, bundle) {
      const names = Object.keys(bundle).filter((name) => /\.(js|css|svg|json)$/.test(name));
      for (const path of names.map((name) => `${dir}/${name}`)) {
        const source = readFileSync(path);
        if (source.length < WORTH_IT) continue;
        writeFileSync(`${path}.br`, brotliCompressSync(source));
        writeFileSync(`${path}.gz`, gzipSync(source, { level: 9 }));
      }
    },
  };
}

/** Typefaces of mathematics that no formula here is set in, and whole typefaces, of which the narrowed ones do. */
const UNUSED_FACES =
  /@font-face\s*\{[^}]*(?:KaTeX_(?:Caligraphic|Fraktur|SansSerif|Script|Typewriter)|-wght-normal)[^}]*\}/g;

type Written = {
  fileName: string;
  facadeModuleId?: string | null;
  imports?: string[];
  dynamicImports?: string[];
};
type Styled = Written & { viteMetadata?: { importedCss: Set<string> } };

/** A part that is shown late is in the one file already: it has no files that are to be fetched ahead of it. */
const nothingBeside = (): Plugin => ({
  name: "nothing-beside",
  transform: (code) => code.replaceAll(/__vite__mapDeps\(\[[\d,]*\]\)/g, "[]"),
});

/** The studio once more as one script and one style sheet, for recordings: a file that nothing is fetched beside. */
function oneFile(): Plugin {
  const withImports = (bundle: { [name: string]: unknown }, name: string, found = new Set<string>()) => {
    const { imports = [], dynamicImports = [] } = bundle[name] as Written;
    found.add(name);
    for (const other of [...imports, ...dynamicImports])
      if (!found.has(other)) withImports(bundle, other, found);
    return found;
  };
  return {
    name: "one-file",
    async writeBundle({ dir }, bundle) {
      const entry = Object.values(bundle).find(
        (chunk) => (chunk as Written).facadeModuleId === here("src/main.ts"),
      )!;
      const chunks = [...withImports(bundle, entry.fileName)].map(
        (name) => bundle[name] as unknown as Styled,
      );
      const names = new Set(chunks.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]));
      const style = [...names].map((name) => readFileSync(`${dir}/${name}`, "utf8")).join("\n");
      const held = style.replace(UNUSED_FACES, "").replace(/url\("?\.\/([^)"]+\.woff2)"?\)/g, (_, name) => {
        return `url(data:font/woff2;base64,${readFileSync(`${dir}/assets/${name}`, "base64")})`;
      });
      await build({
        configFile: false,
        logLevel: "error",
        publicDir: false,
        plugins: [nothingBeside()],
        build: {
          outDir: `${dir}/recorded`,
          lib: {
            entry: `${dir}/${entry.fileName}`,
            formats: ["iife"],
            name: "studio",
            fileName: () => "studio.js",
          },
        },
      });
      writeFileSync(`${dir}/recorded/studio.css`, held);
    },
  };
}

export default defineConfig({
  base: "./", // the server may stand in any folder of a host
  plugins: [
    narrowFonts(here("node_modules"), here("node_modules/.cache/fonts")),
    svelte(),
    docsAssets(),
    woff2Only(),
    precompressed(),
    oneFile(),
  ],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: "manifest.json", // the server reads the hashed names here; there is no index.html of Vite's
    sourcemap: false,
    assetsInlineLimit: 0, // the page's policy allows no data: fonts
    rollupOptions: { input: pages() },
  },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
    // a test reads the tokens of the style sheet; all other styles stay empty
    css: { include: [/style\.css\?raw$/] },
    // modules are read once, not once for each of a hundred files: a quarter of the time
    isolate: false,
    pool: "threads",
    setupFiles: "src/testing/setup.ts",
    unstubGlobals: true, // so that what one test puts in a global's place is gone in the next
  },
} as Parameters<typeof defineConfig>[0]);
