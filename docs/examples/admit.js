// Asks whether models may be used, as a gateway does before it forwards a
// request, with @grpc/grpc-js and @grpc/proto-loader; no generated code.
//
//   npm install @grpc/grpc-js @grpc/proto-loader
//   node docs/examples/admit.js proto 127.0.0.1:7402 \
//       samples/policies/eu-or-open.yaml deepseek-r1 gpt-4o-2024-05-13

const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [protoFolder, address, policyFile, ...models] = process.argv.slice(2);

// Absent stays absent (defaults: false): unknown is not zero.
const definition = loader.loadSync(
    ['meridian/v1/policy.proto'],
    {includeDirs: [protoFolder], enums: String, longs: String, defaults: false});
const {meridian} = grpc.loadPackageDefinition(definition);
const service = new meridian.v1.PolicyService(
    address, grpc.credentials.createInsecure());

const question = {
  source: {text: fs.readFileSync(policyFile, 'utf8'), fileName: policyFile},
};
const known = new Map();  // model -> {answer, until}

function ask(model) {
  const deadline = Date.now() + 5000;
  return new Promise((resolve, reject) => {
    service.CheckAdmission({question, model}, {deadline}, (error, answer) => {
      error ? reject(error) : resolve(answer);
    });
  });
}

// Answers from the cache for as long as the service allows.
async function check(model) {
  const kept = known.get(model);
  if (kept && Date.now() < kept.until) return kept.answer;
  const answer = await ask(model);
  const seconds = Number(answer.timeToLiveSeconds || 0);
  known.set(model, {answer, until: Date.now() + 1000 * seconds});
  return answer;
}

async function main() {
  let refused = 0;
  for (const model of models) {
    const answer = await check(model);
    // What is undetermined is not admitted: that is this gateway's choice.
    const admitted = answer.verdict === 'VERDICT_ADMISSIBLE';
    console.log(`${admitted ? 'forward' : 'refuse'} ${answer.model}: ` +
                `${answer.verdict.replace('VERDICT_', '')}, decision ` +
                `${answer.decisionId}: ${answer.reason}`);
    for (const obligation of answer.obligations || []) {
      console.log('  must:', obligation);
    }
    if (!admitted) refused += 1;
  }
  service.close();
  process.exit(refused ? 1 : 0);
}

main().catch((error) => {
  // error.code and, in error.metadata, google.rpc.ErrorInfo with the reason.
  console.error(error.message);
  process.exit(2);
});
