/**
 * A browser that runs in the C locale can call its language `en-US@posix`, which is no language tag: whoever formats
 * numbers with it throws, as the loss chart does when it is loaded. This has to be imported before anything else.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
}
