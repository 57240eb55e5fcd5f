// The part of samples/policies/open-not-adversary.yaml that Cedar can express,
// decided in this process by Cedar for one model with known facts: the peer of
// CheckAdmission. Cedar has no unknown, no dates and no evidence; a missing
// attribute is an error that skips the rule.
//
//   npm install @cedar-policy/cedar-wasm   # anywhere; NODE_PATH names its node_modules
//   node bench/cedar_admit.js [ROUNDS]
const cedar = require("@cedar-policy/cedar-wasm/nodejs");

const rounds = Number(process.argv[2] || 5000);
const policies = {
  staticPolicies: `
permit(principal, action, resource)
when { ["GATED", "OPEN"].contains(resource.weights) };
forbid(principal, action, resource)
when { ["CN", "RU", "IR", "KP"].contains(resource.country) };
`,
};
const uid = (type, id) => ({ type, id });
const call = {
  principal: uid("Deployer", "us"),
  action: uid("Action", "use"),
  resource: uid("Model", "glm-5"),
  context: {},
  entities: [
    {
      uid: uid("Model", "glm-5"),
      attrs: { weights: "OPEN", country: "CN" },
      parents: [],
    },
  ],
};

function time(name, ask) {
  for (let i = 0; i < 200; ++i) ask();
  const microseconds = [];
  for (let i = 0; i < rounds; ++i) {
    const before = process.hrtime.bigint();
    ask();
    microseconds.push(Number(process.hrtime.bigint() - before) / 1000);
  }
  microseconds.sort((a, b) => a - b);
  const at = (q) => microseconds[Math.floor(q * (microseconds.length - 1))];
  return { [name]: { p50_us: at(0.5), p99_us: at(0.99) } };
}

function decide(answer) {
  if (answer.type !== "success" || answer.response.decision !== "deny") {
    throw new Error(JSON.stringify(answer));
  }
}

const parsed = cedar.preparsePolicySet("p", policies);
if (parsed.type !== "success") throw new Error(JSON.stringify(parsed));
console.log(
  JSON.stringify({
    ...time("cedar_parsed", () =>
      decide(cedar.statefulIsAuthorized({ ...call, preparsedPolicySetId: "p" }))),
    ...time("cedar_from_text", () =>
      decide(cedar.isAuthorized({ ...call, policies }))),
  }),
);
