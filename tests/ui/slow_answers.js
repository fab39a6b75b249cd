/*
 * Every answer that a page asks for comes when it likes, so also after one that was asked for later: between nothing and
 * `longest` milliseconds late, the same in every run. In the page and not in a route: a route's wait would hold up all
 * other answers of a single-threaded test.
 */
((longest) => {
  const send = window.fetch;
  let state = 7;
  const drawn = () => (state = (state * 48271) % 2147483647) / 2147483647;
  window.fetch = async (...args) => {
    const answer = await send(...args);
    await new Promise((resolve) => setTimeout(resolve, longest * drawn()));
    return answer;
  };
})
