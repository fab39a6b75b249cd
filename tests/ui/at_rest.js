// Lets a test wait until the page has nothing left to do, however slow the machine: no answer is under way, no short
// timer and no animation frame is pending. `atRest()` gives what is still pending after its patience, or nothing.
(() => {
  const SHORT = 1000; // milliseconds: longer timers only take notices away again
  const QUIET = 3; // frames in a row: an observer calls back in a frame, too
  const { setTimeout: later, clearTimeout: forget, requestAnimationFrame: soon, cancelAnimationFrame: drop } = window;
  const pending = { answers: 0, timers: new Set(), frames: new Set() };

  const counted = async (work) => {
    pending.answers += 1;
    try {
      return await work();
    } finally {
      later(() => (pending.answers -= 1)); // after whoever waited for it has gone on
    }
  };
  const ask = window.fetch;
  window.fetch = (...request) => counted(() => ask(...request));
  for (const read of ["json", "text", "blob", "arrayBuffer"]) {
    const reading = Response.prototype[read];
    Response.prototype[read] = function () {
      return counted(() => reading.call(this));
    };
  }

  window.setTimeout = (call, delay = 0, ...values) => {
    const timer = later(() => {
      pending.timers.delete(timer);
      call(...values);
    }, delay);
    if (delay <= SHORT) pending.timers.add(timer);
    return timer;
  };
  window.clearTimeout = (timer) => {
    pending.timers.delete(timer);
    forget(timer);
  };
  window.requestAnimationFrame = (call) => {
    const frame = soon((now) => {
      pending.frames.delete(frame);
      call(now);
    });
    pending.frames.add(frame);
    return frame;
  };
  window.cancelAnimationFrame = (frame) => {
    pending.frames.delete(frame);
    drop(frame);
  };

  const left = () => ({
    page: document.readyState === "complete" && document.fonts.status === "loaded" ? 0 : 1,
    answers: pending.answers,
    timers: pending.timers.size,
    frames: pending.frames.size,
    parts: document.querySelectorAll("[data-coming]").length, // whose scripts are on their way
    animations: document.getAnimations().filter((animation) => animation.playState === "running").length,
  });
  const busy = () => Object.values(left()).some((count) => count > 0);
  window.atRest = (patience) =>
    new Promise((done) => {
      const end = performance.now() + patience;
      let quiet = 0;
      const look = () => {
        quiet = busy() ? 0 : quiet + 1;
        if (quiet >= QUIET) done(null);
        else if (performance.now() > end) done(left());
        else soon(look);
      };
      look();
    });
})();
