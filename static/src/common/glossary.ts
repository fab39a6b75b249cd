/** What the words and letters of the studio mean, one line each: on hover, focus or tap wherever they stand, and in the help. */
export const GLOSSARY = {
  iteration: "One update of all parameters: forward, loss, backward, update.",
  epoch: "One pass over all the training data.",
  phase: "The part of an iteration: batch, forward, loss, backward or update.",
  step: "One operation of the iteration, which writes one named value.",
  loss: "L: how wrong the output is, as one number. Training makes it smaller.",
  ℓₙ: "The loss of sample n alone; L is the mean of them, or where it says so their sum.",
  N: "How many samples the batch has.",
  K: "How many numbers the output has for each sample.",
  gradient: "∂L/∂w: how fast the loss changes as w changes. Its sign says which way is uphill.",
  "∂": "A partial derivative: how one number changes with another while all others stay.",
  δ: "∂L/∂z of a unit: how the loss changes with the sum that the unit makes of its inputs.",
  Σδ: "δ added up over the samples of the batch.",
  w: "A weight: what one unit’s output is multiplied by on its way to another.",
  bias: "b: what a unit adds to its sum, whatever it is fed.",
  z: "The sum that a unit makes: inputs times weights, plus its bias.",
  a: "What a unit hands on: its activation function of z.",
  h: "A hidden unit, or what it hands on.",
  ŷ: "The output: what the network says. A hat marks what is estimated.",
  target: "t: what the output should be.",
  η: "The learning rate: how long a step against the gradient is.",
  μ: "Momentum: how much of the last steps goes on into this one.",
  λ: "Weight decay: how strongly weights are pulled towards 0.",
  batch: "The samples that one iteration trains on.",
  "gradient norm":
    "The length of the gradient of all of a layer’s parameters, biases included: the root of the sum of its squares.",
  "kept per layer": "How much longer or shorter the gradient is after passing back through a layer.",
  "finite difference":
    "The gradient measured instead of derived: the loss a little to both sides, divided by the distance.",
  "decision boundary": "What the network says everywhere on the plane of its inputs.",
} as const;

export type GlossaryTerm = keyof typeof GLOSSARY;
