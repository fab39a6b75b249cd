(async () => {
  const text = document.getElementById("studio").textContent;
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { script, style } = JSON.parse(await new Response(stream).text());
  const address = (content, type) => URL.createObjectURL(new Blob([content], { type }));
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = address(style, "text/css");
  await new Promise((done) => {
    sheet.onload = done;
    document.head.append(sheet);
  });
  const studio = document.createElement("script");
  studio.src = address(script, "text/javascript");
  document.body.append(studio);
})();
