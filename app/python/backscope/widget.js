// The picture comes drawn from Python; here are the slider, the click on an edge, and what was refused.
function render({ model, el }) {
  const label = document.createElement("label");
  const slider = document.createElement("input");
  const place = document.createElement("output");
  const picture = document.createElement("div");
  const refused = document.createElement("p");
  slider.type = "range";
  slider.min = "0";
  slider.max = String(Math.max(200, 2 * model.get("iteration")));
  refused.setAttribute("role", "alert");
  label.append("iteration ", slider, " ", place);
  el.append(label, picture, refused);

  const show = () => {
    slider.value = String(model.get("iteration"));
    place.value = slider.value;
    picture.innerHTML = model.get("picture");
    refused.textContent = model.get("refused");
  };
  slider.addEventListener("input", () => {
    place.value = slider.value;
  });
  slider.addEventListener("change", () => {
    model.set("iteration", Number(slider.value));
    model.save_changes();
  });
  picture.addEventListener("click", (event) => {
    const edge = event.target.closest("[data-value]");
    if (!edge) return;
    model.set("value", edge.dataset.value);
    model.set("index", edge.dataset.index.split(",").map(Number));
    model.save_changes();
  });
  for (const name of ["iteration", "picture", "refused"]) model.on(`change:${name}`, show);
  show();
}

export default { render };
