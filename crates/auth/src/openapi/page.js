// Shows the document, asking nobody but the server that the page came from.
const { base } = document.currentScript.dataset;

Scalar.createApiReference("#reference", {
  url: `${base}/open-api/generate-schema`,
  // The page's own origin, so that its cookies count.
  servers: [{ url: `${location.origin}${base}` }],
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: "never",
  hideClientButton: true,
  defaultOpenAllTags: true,
  persistAuth: false,
});
