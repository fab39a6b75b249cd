/* Starts the API reference: SwaggerUIBundle comes from swagger-ui-bundle.js, loaded before this file. */
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches); // Swagger UI's own name
follow();
dark.addEventListener("change", follow);

window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "openapi.json", // beside the page, wherever a proxy has put it
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayRequestDuration: true,
    validatorUrl: null, // no third-party request, ever
  });
});
