// Reads the same files with DuckDB (npm package @duckdb/node-api): seconds and
// MB/s, median of 5, beside parse_bench.
//
// usage: NODE_PATH=FOLDER/node_modules node bench/duckdb_read.js FILE.json FILE.csv
const fs = require('fs');
const { DuckDBInstance } = require('@duckdb/node-api');

async function median(connection, sql) {
  const times = [];
  for (let i = 0; i < 5; ++i) {
    const began = process.hrtime.bigint();
    await connection.runAndReadAll(sql);
    times.push(Number(process.hrtime.bigint() - began) / 1e9);
  }
  return times.sort((a, b) => a - b)[2];
}

async function main() {
  const [json, csv] = process.argv.slice(2);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const out = {};
  for (const [name, file, reader] of [
    ['json', json, 'read_json_auto'], ['csv', csv, 'read_csv_auto']]) {
    // A table of all columns, so that nothing is left out.
    const seconds = await median(connection,
      `CREATE OR REPLACE TABLE t_${name} AS SELECT * FROM ${reader}('${file}')`);
    out[name + '_duckdb'] = Math.round(fs.statSync(file).size / 1e6 / seconds);
  }
  console.log(JSON.stringify(out));
}

main();
