// npm's pg: queries, bound values, prepared statements, cursors, types, a pool. Arguments as in scenarios.py.
'use strict';
const assert = require('node:assert/strict');
const pg = require('pg');
const Cursor = require('pg-cursor');

const login = { host: '127.0.0.1', port: Number(process.argv[2]), user: 'awsuser', password: 'mockpass', database: 'dev' };
const client = new pg.Client(login);
const notices = [];
client.on('notice', (notice) => notices.push(notice.message));
const cases = {};

cases.values_of_each_type = async () => {
  const expected = {
    '1::int': 1,
    '2::bigint': '2',
    '1.5::numeric(8,2)': '1.50',
    '2.5::float8': 2.5,
    'true': true,
    "'é'::varchar(5)": 'é',
    "timestamptz '2020-01-02 03:04:05+00'": new Date(Date.UTC(2020, 0, 2, 3, 4, 5)),
    'json_parse(\'{"a":1}\')': '{"a":1}',
    "'abc'::varbyte(10)": '616263',
    'null::int': null,
  };
  const list = Object.keys(expected).map((sql, index) => `${sql} as c${index}`);
  const result = await client.query({ text: `select ${list.join(', ')}`, rowMode: 'array' });
  assert.deepEqual(result.rows[0], Object.values(expected));
  assert.deepEqual(result.fields.slice(-3).map((field) => field.dataTypeID), [4000, 6551, 23]);
};

cases.values_are_bound = async () => {
  const values = [1, "é'\\", null, '1.25', [1, 2]];
  const { rows } = await client.query(
    'select $1::int + 1 as a, $2::varchar as b, $3::bool as c, $4::numeric(8,2) as d, 2 = any($5) as e', values);
  assert.deepEqual(rows, [{ a: 2, b: "é'\\", c: null, d: '1.25', e: true }]);
};

cases.prepared_statements_and_tags = async () => {
  await client.query('create temp table tags (a int, b varchar(10))');
  for (const value of [1, 2, 3]) {
    const { command, rowCount } = await client.query({ name: 'add', text: 'insert into tags values ($1, $2)', values: [value, `v${value}`] });
    assert.deepEqual([command, rowCount], ['INSERT', 1]);
  }
  const { rows } = await client.query({ text: 'select a, b from tags where a = $1', values: [2], binary: true });
  assert.deepEqual(rows, [{ a: 2, b: 'v2' }]);
  const results = await client.query('update tags set a = a + 1; delete from tags where a > 2');
  assert.deepEqual(results.map((result) => [result.command, result.rowCount]), [['UPDATE', 3], ['DELETE', 2]]);
};

cases.cursors = async () => {
  const cursor = client.query(new Cursor('select i from generate_series(1, 10) i where i > $1', [0]));
  assert.equal((await cursor.read(4)).length, 4);
  assert.equal((await cursor.read(100)).length, 6);
  await cursor.close();
};

cases.errors_and_notices = async () => {
  await assert.rejects(client.query('select * from no_such_table'), { code: '42P01', position: '15' });
  await assert.rejects(client.query('copy tags from stdin'), { code: '0A000' });
  await client.query('drop table if exists no_such_table');
  assert.deepEqual(notices, ['Table "no_such_table" does not exist and will be skipped']);
};

cases.transactions = async () => {
  await client.query('begin');
  await client.query('create table rolled_back (a int)');
  await client.query('rollback');
  await assert.rejects(client.query('select * from rolled_back'), { code: '42P01' });
};

cases.a_pool = async () => {
  const pool = new pg.Pool({ ...login, max: 4 });
  const results = await Promise.all([...Array(20).keys()].map((number) => pool.query('select $1::int as a', [number])));
  await pool.end();
  assert.equal(results.reduce((sum, result) => sum + result.rows[0].a, 0), 190);
};

cases.a_statement_timeout = async () => {
  const other = new pg.Client({ ...login, statement_timeout: 200 });
  await other.connect();
  await assert.rejects(other.query('select pg_sleep(30)'), { code: '57014' });
  await other.end();
};

(async () => {
  await client.connect();
  for (const [name, scenario] of Object.entries(cases)) {
    const error = await scenario().then(() => null, (raised) => raised.stack);
    console.log(JSON.stringify({ name, error }));
  }
  await client.end();
})();
