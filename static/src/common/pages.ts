/** The pages, in the order of the navigation. The server knows them too: `app/routes/pages.py`. */
export const PAGES = [
  { path: "/", title: "Studio" },
  { path: "/compare", title: "Compare" },
  { path: "/search", title: "Search" },
  { path: "/landscape", title: "Landscape" },
  { path: "/learn", title: "Learn" },
  { path: "/practice", title: "Practice" },
  { path: "/library", title: "Library" },
  { path: "/docs", title: "API" },
] as const;

export type PagePath = (typeof PAGES)[number]["path"];
