// Asks who leads, month by month, and follows a run of a source, with
// @grpc/grpc-js and @grpc/proto-loader; no generated code.
//
//   npm install @grpc/grpc-js @grpc/proto-loader
//   node docs/examples/gap.js proto 127.0.0.1:7402 127.0.0.1:7401

const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [protoFolder, analysisAddress, ingestAddress] = process.argv.slice(2);

// Absent stays absent (defaults: false): unknown is not zero.
const definition = loader.loadSync(
    ['meridian/v1/analysis.proto', 'meridian/v1/ingest.proto'],
    {includeDirs: [protoFolder], enums: String, longs: String, defaults: false});
const {meridian} = grpc.loadPackageDefinition(definition);
const credentials = grpc.credentials.createInsecure();

function compare() {
  const service =
      new meridian.v1.AnalysisService(analysisAddress, credentials);
  const request = {
    context: {asOf: '2025-03-31'},
    board: 'lmarena/text',
    method: 'raw',
    groups: [{name: 'US'}, {name: 'CN'}],
    from: '2025-01',
    to: '2025-03',
  };
  const deadline = Date.now() + 10000;
  return new Promise((resolve, reject) => {
    service.CompareGroups(request, {deadline}, (error, answer) => {
      service.close();
      error ? reject(error) : resolve(answer);
    });
  });
}

function run(source) {
  const service = new meridian.v1.IngestService(ingestAddress, credentials);
  return new Promise((resolve, reject) => {
    let ended;
    service.RunSource({source})
        .on('data', (event) => { ended = event.ended || ended; })
        .on('error', reject)
        .on('end', () => {
          service.close();
          resolve(ended);
        });
  });
}

async function main() {
  for (const point of (await compare()).points) {
    if (!point.snapshot) {
      console.log(point.bucket, 'nothing published');
      continue;
    }
    const [gap] = point.gaps;
    const percent = gap.asPublishedPercent;
    console.log(point.bucket, point.snapshot.vintage.date,
                gap.points.toFixed(2), percent.toFixed(2) + ' %');
  }
  const ended = await run('lmarena-history');
  console.log(ended.source, ended.state, ended.snapshots.length, 'snapshots');
}

main().catch((error) => {
  // error.code and, in error.metadata, google.rpc.ErrorInfo with the reason.
  console.error(error.message);
  process.exit(1);
});
