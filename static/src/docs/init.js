/* Starts the API reference: SwaggerUIBundle comes from swagger-ui-bundle.js, loaded before this file. */
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayRequestDuration: true,
    validatorUrl: null, // no third-party request, ever
  });
});
