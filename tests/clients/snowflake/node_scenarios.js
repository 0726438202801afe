// What users do with snowflake-sdk. A program as harness.py describes them: scenario -> error, or null.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const sf = require('snowflake-sdk');

sf.configure({ logLevel: 'OFF', additionalLogToConsole: false });
const [, , port, , folder, ...chosen] = process.argv;
const scenarios = {};

const settings = {
  account: 'local', username: 'ada', password: 'x', host: '127.0.0.1', port: Number(port), protocol: 'http',
  accessUrl: `http://127.0.0.1:${port}`,
};
const promise = (start) => new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));

// A connection with execute as a promise of {statement, rows}.
async function connected(options, work) {
  const connection = sf.createConnection({ ...settings, ...options });
  await promise((done) => connection.connect(done));
  const run = (sqlText, more = {}) =>
    new Promise((resolve, reject) =>
      connection.execute({ sqlText, ...more, complete: (error, statement, rows) => (error ? reject(error) : resolve({ statement, rows })) }));
  try {
    return await work(run, connection);
  } finally {
    await promise((done) => connection.destroy(done));
  }
}

async function inDatabase(name, work) {
  await connected({}, (run) => run(`create or replace database ${name}`));
  return connected({ database: name, schema: 'public' }, work);
}

function streamed(statement, options) {
  return new Promise((resolve, reject) => {
    const rows = [];
    statement.streamRows(options).on('data', (row) => rows.push(row)).on('end', () => resolve(rows)).on('error', reject);
  });
}

scenarios.selects_rows = () => connected({}, async (run) => {
  const { rows: [row] } = await run(`select 1 a, 'x' b, 1.5::number(5,2) c, true d, '2024-02-29'::date e,
    '2024-02-29 12:34:56.789'::timestamp_ntz f, parse_json('{"k":[1]}') g, null h, to_binary('00FF', 'HEX') i,
    '12:34:56'::time j, '2024-02-29 12:00 +02:00'::timestamp_tz l, 2.5::float m, array_construct(1, 'x') n`);
  assert.deepEqual([row.A, row.B, row.C, row.D, row.H, row.J, row.M], [1, 'x', 1.5, true, null, '12:34:56', 2.5]);
  assert.deepEqual([row.G, row.N], [{ k: [1] }, [1, 'x']]);
  assert.deepEqual([row.E, row.F, row.L].map((value) => value.toISOString()),
    ['2024-02-29T00:00:00.000Z', '2024-02-29T12:34:56.789Z', '2024-02-29T10:00:00.000Z']);
  assert.equal(Buffer.compare(row.I, Buffer.from([0, 255])), 0);
});

scenarios.row_modes = async () => {
  await connected({ rowMode: 'array' }, async (run) => {
    assert.deepEqual((await run('select 1 a, 2 a')).rows, [[1, 2]]);
  });
  await connected({}, async (run) => {
    assert.deepEqual((await run('select 1 a, 2 a', { rowMode: 'object_with_renamed_duplicated_columns' })).rows, [{ A: 1, A_2: 2 }]);
    const { rows } = await run("select 12.5::number(10,2) a, '2024-02-29'::date b, true c", { fetchAsString: ['Number', 'Date', 'Boolean'] });
    assert.deepEqual(rows, [{ A: '12.50', B: '2024-02-29', C: 'TRUE' }]);
  });
};

scenarios.describes = () => connected({}, async (run) => {
  const { statement, rows } = await run("select 1::number(10,2) a, 'x'::varchar(7) b", { describeOnly: true });
  assert.equal(rows.length, 0);
  assert.deepEqual(statement.getColumns().map((column) => [column.getName(), column.getType(), column.getScale(), column.getPrecision()]),
    [['A', 'fixed', 2, 10], ['B', 'text', null, null]]);
});

scenarios.binds = () => inDatabase('node_binds', async (run) => {
  await run('create table t (a int, b varchar, c timestamp_ntz, d boolean, e float)');
  const { statement } = await run('insert into t values (?, ?, ?, ?, ?)', { binds: [1, "it's", '2024-02-29 12:00:00', true, 0.5] });
  assert.equal(statement.getNumUpdatedRows(), 1);
  const many = await run('insert into t (a, b) values (?, ?)', { binds: Array.from({ length: 500 }, (_, n) => [n + 2, n % 2 ? 'x' : null]) });
  assert.equal(many.statement.getNumUpdatedRows(), 500);
  assert.deepEqual((await run('select count(*) n, sum(a) s, count(b) b from t')).rows, [{ N: 501, S: 125751, B: 251 }]);
  assert.deepEqual((await run('select :1 x, :2 y, :1 z', { binds: [1, 'z'] })).rows, [{ X: 1, Y: 'z', Z: 1 }]);
  assert.deepEqual((await run('select b from t where a = ? and d = ?', { binds: [1, true] })).rows, [{ B: "it's" }]);
});

scenarios.streams = () => connected({}, async (run) => {
  const sql = "select seq4() a, 'n' || seq4() b from table(generator(rowcount => 100000)) order by 1";
  const { statement } = await run(sql, { streamResult: true });
  const rows = await streamed(statement);
  assert.deepEqual([rows.length, rows[99999], statement.getNumRows()], [100000, { A: 99999, B: 'n99999' }, 100000]);
  assert.deepEqual((await streamed(statement, { start: 10, end: 12 })).map((row) => row.A), [10, 11, 12]);
  assert.equal((await run('select 1 a where false')).rows.length, 0);
});

scenarios.large_results = () => connected({}, async (run) => {
  const sql = 'select randstr(1000, random()) s, seq4() n from table(generator(rowcount => 20000)) order by n';
  const { statement } = await run(sql, { streamResult: true });
  const rows = await streamed(statement);
  assert.deepEqual([rows.length, rows[19999].N, rows[19999].S.length], [20000, 19999, 1000]);
});

scenarios.ends_of_the_calendar = () => connected({}, async (run) => {
  const { rows: [row] } = await run("select '0001-01-01'::timestamp_ntz a, '9999-12-31 23:59:59.999'::timestamp_ntz b");
  assert.deepEqual([row.A.toISOString(), row.B.toISOString()], ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']);
});

scenarios.binds_in_staged_files = async () => {
  await connected({}, (run) => run('create or replace database node_staged'));
  await connected({ database: 'node_staged', schema: 'public', arrayBindingThreshold: 3 }, async (run) => {
    await run('create table t (a varchar, b number, c date, d time, e timestamp_ntz, f timestamp_tz)');
    const row = (n) => [n % 2 ? `a,"${n}"\n` : null, n, '2020-05-11', '12:35:41.333', '2022-04-01 23:59:59', '2022-07-08 12:05:30.999'];
    const { statement } = await run('insert into t values (?, ?, ?, ?, ?, ?)', { binds: Array.from({ length: 100 }, (_, n) => row(n)) });
    assert.equal(statement.getNumUpdatedRows(), 100);
    await run('create table u like t');
    await run('insert into u values (?, ?, ?, ?, ?, ?)', { binds: [row(1)] });
    const [staged, sent] = await Promise.all(['t', 'u'].map((name) => run(`select * from ${name} where b = 1`)));
    assert.deepEqual(JSON.stringify(staged.rows), JSON.stringify(sent.rows));
    assert.deepEqual((await run('select count(*) n, count(a) a, sum(b) s from t')).rows, [{ N: 100, A: 50, S: 4950 }]);
  });
};

scenarios.asynchronous = () => connected({}, async (run, connection) => {
  const { statement } = await run('select 42 a', { asyncExec: true });
  const queryId = statement.getQueryId();
  const found = await connection.getResultsFromQueryId({ queryId });
  assert.deepEqual(await streamed(found), [{ A: 42 }]);
  assert.equal(await connection.getQueryStatus(queryId), 'SUCCESS');
  assert.equal(connection.isStillRunning('SUCCESS'), false);
  const wrong = (await run('select 1/0', { asyncExec: true })).statement.getQueryId();
  await assert.rejects(connection.getResultsFromQueryId({ queryId: wrong }), /Division by zero/);
  assert.equal(await connection.isValidAsync(), true);
});

scenarios.cancels = () => connected({}, async (run, connection) => {
  const failure = new Promise((resolve) => {
    const statement = connection.execute({
      sqlText: 'select count(*) from table(generator(rowcount => 100000000)) a, table(generator(rowcount => 100000)) b',
      complete: (error) => resolve(error),
    });
    setTimeout(() => statement.cancel(() => {}), 300);
  });
  assert.equal((await failure).code, '000604');
  await assert.rejects(run('select system$wait(30)', { parameters: { STATEMENT_TIMEOUT_IN_SECONDS: 1 } }), { code: '000630' });
});

scenarios.several_statements = () => connected({}, async (run, connection) => {
  const found = [];
  await new Promise((resolve, reject) =>
    connection.execute({
      sqlText: 'select 1 a; select 2 b',
      parameters: { MULTI_STATEMENT_COUNT: 2 },
      complete: (error, statement, rows) => {
        if (error) return reject(error);
        found.push(rows);
        return statement.hasNext() ? statement.NextResult() : resolve();
      },
    }));
  assert.deepEqual(found, [[{ A: 1 }], [{ B: 2 }]]);
  await assert.rejects(run('select 1; select 1/0', { parameters: { MULTI_STATEMENT_COUNT: 2 } }), { code: '100132', sqlState: 'P0000' });
});

scenarios.errors = () => inDatabase('node_errors', async (run) => {
  await assert.rejects(run('select * from nothing'), { code: '002003', sqlState: '42S02' });
  await assert.rejects(run('selec 1'), { code: '001003', sqlState: '42000' });
  assert.deepEqual((await run('select 1 a')).rows, [{ A: 1 }]);
});

scenarios.files = () => inDatabase('node_files', async (run) => {
  const source = path.join(folder, 'node.csv');
  const target = path.join(folder, 'node-back');
  fs.writeFileSync(source, '1,x\n2,y\n');
  fs.mkdirSync(target);
  await run('create stage s');
  assert.equal((await run(`put file://${source} @s auto_compress=true`)).rows[0].status, 'UPLOADED');
  assert.equal((await run(`put file://${source} @s auto_compress=true`)).rows[0].status, 'UPLOADED'); // it asks nobody
  fs.mkdirSync(path.join(folder, 'node-many'));
  for (const name of ['a.txt', 'b c.txt']) fs.writeFileSync(path.join(folder, 'node-many', name), name);
  const many = await run(`put file://${folder}/node-many/*.txt @s/many`);
  assert.deepEqual(many.rows.map((row) => [row.target, row.status]), [['a.txt.gz', 'UPLOADED'], ['b c.txt.gz', 'UPLOADED']]);
  assert.deepEqual((await run('list @s/many')).rows.map((row) => row.name), ['s/many/a.txt.gz', 's/many/b c.txt.gz']);
  const spaced = path.join(folder, 'node with blanks');
  fs.mkdirSync(spaced);
  fs.writeFileSync(path.join(spaced, 'd e.txt'), 'x');
  await run(`put 'file://${spaced}/d e.txt' '@s/one file/'`);
  await run(`put 'file://${spaced}/*.txt' @s/all auto_compress=false`);
  assert.deepEqual((await run("list @s pattern = '.*d e.*'")).rows.map((row) => row.name), ['s/all/d e.txt', 's/one file/d e.txt.gz']);
  await run('create table t (a int, b varchar)');
  assert.equal((await run('copy into t from @s/node.csv.gz file_format = (type = csv)')).rows[0].rows_loaded, 2);
  assert.equal((await run(`get @s/node.csv.gz file://${target}`)).rows[0].status, 'DOWNLOADED');
  assert.ok(fs.existsSync(path.join(target, 'node.csv.gz')));
});

(async () => {
  const outcomes = {};
  for (const name of chosen.length ? chosen : Object.keys(scenarios)) {
    outcomes[name] = await scenarios[name]().then(() => null, (error) => String((error && error.stack) || error));
  }
  console.log(JSON.stringify(outcomes));
  process.exit(0);
})();
