import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { changedFields } from '../../../src/operator/kube/changed-fields.ts';
import { waitBefore } from '../../../src/operator/kube/client.ts';
import { differs } from '../../../src/operator/kube/differs.ts';
import { Digest } from '../../../src/operator/kube/digest.ts';
import { errorFrom, KubeError } from '../../../src/operator/kube/error.ts';
import { mayHold } from '../../../src/operator/kube/lease.ts';
import { createMetrics } from '../../../src/operator/kube/metrics.ts';
import type { KubeObject } from '../../../src/operator/kube/object.ts';
import { createQueue } from '../../../src/operator/kube/queue.ts';

describe('the work queue', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const queue = () => createQueue('test', createMetrics(), Date.now, () => 1);

  it('holds each key once, and hands them out in order', async () => {
    const q = queue();
    for (const key of ['a', 'b', 'a']) q.add(key);
    expect(q.length()).toBe(2);
    expect([await q.next(), await q.next()]).toEqual(['a', 'b']);
  });

  it('never hands out a key in progress; one added meanwhile is handed out again afterwards', async () => {
    const q = queue();
    q.add('a');
    expect(await q.next()).toBe('a');
    q.add('a');
    q.add('a');
    const next = q.next();
    const seen = vi.fn();
    void next.then(seen);
    await vi.advanceTimersByTimeAsync(100);
    expect(seen).not.toHaveBeenCalled();
    q.done('a');
    expect(await next).toBe('a');
    q.done('a');
    expect(q.length()).toBe(0);
  });

  it('backs off for 5 ms, 10 ms, 20 ms …, and resets', async () => {
    const q = queue();
    for (const ms of [5, 10, 20]) {
      q.addRateLimited('a');
      await vi.advanceTimersByTimeAsync(ms - 1);
      expect(q.length()).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      expect(await q.next()).toBe('a');
      q.done('a');
    }
    q.forget('a');
    q.addRateLimited('a');
    await vi.advanceTimersByTimeAsync(5);
    expect(q.length()).toBe(1);
  });

  it('keeps the earlier of two delayed adds', async () => {
    const q = queue();
    q.addAfter('a', 1000);
    q.addAfter('a', 10);
    q.addAfter('a', 5000);
    await vi.advanceTimersByTimeAsync(10);
    expect(q.length()).toBe(1);
    expect(await q.next()).toBe('a');
    q.done('a');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(q.length()).toBe(0);
  });

  it('releases all waiters on shutdown', async () => {
    const q = queue();
    const waiting = q.next();
    q.shutDown();
    q.add('a');
    expect([await waiting, await q.next()]).toEqual([undefined, undefined]);
  });
});

test('changed fields are named, not their values', () => {
  const object = (rest: object): KubeObject => ({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, ...rest });
  const desired = object({ spec: { ports: [{ port: 1 }], type: 'A' }, data: { 'plan.json': 'p', b: '', c: '' } });
  expect(changedFields(desired, desired)).toBe('');
  expect(changedFields(desired, object({ ...desired, data: { 'plan.json': 'secret', b: '', c: '' } }))).toBe(
    'data.plan.json',
  );
  expect(changedFields(desired, object({ ...desired, spec: { ports: [{ port: 2 }] } }))).toBe('spec.ports, spec.type');
  expect(changedFields(desired, object({ spec: {}, data: {} }))).toBe('spec.ports, spec.type, data.plan.json, 2 more');
});

describe('a difference that must be applied', () => {
  const object = (spec: unknown): KubeObject => ({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, spec });
  const says = (desired: unknown, live: unknown) => differs(object(desired), object(live), undefined);

  const spec = fc
    .dictionary(fc.string({ maxLength: 8 }), fc.jsonValue(), { noNullPrototype: true })
    .filter((one) => !('filledIn' in one));

  it('is none when the live object has everything that is desired, and more', () => {
    fc.assert(fc.property(spec, (one) => !says(one, { ...one, filledIn: true })));
    expect(says({ ports: [{ name: 'a', port: 1 }] }, { ports: [{ name: 'a', port: 1, protocol: 'TCP' }] })).toBe(false);
    expect(says({ list: [] }, {})).toBe(false);
  });

  it('is another value', () => {
    expect(says({ a: 1 }, { a: 2 })).toBe(true);
    expect(says({ a: { b: 1 } }, {})).toBe(true);
    expect(says({ args: ['a', 'b'] }, { args: ['a'] })).toBe(true);
    expect(says({ ports: [{ name: 'a', port: 1 }] }, { ports: [{ name: 'a', port: 2 }] })).toBe(true);
  });

  it('is not the same quantity in another notation', () => {
    expect(says({ memory: '1024Mi', cpu: '0.5' }, { memory: '1Gi', cpu: '500m' })).toBe(false);
    expect(says({ memory: '1Gi' }, { memory: '1G' })).toBe(true);
  });

  it('is found by a digest where only that was kept', () => {
    const desired: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { long: 'text' },
    };
    const live = (text: string): KubeObject => ({ ...desired, data: { long: new Digest(text) } });
    expect(differs(desired, live('text'), undefined)).toBe(false);
    expect(differs(desired, live('other'), undefined)).toBe(true);
    expect(changedFields(desired, live('other'))).toBe('data.long');
    expect(changedFields(desired, live('text'))).toBe('');
  });

  it('is not what others added to keyed lists', () => {
    const live = { containers: [{ name: 'injected' }, { name: 'a', image: '1' }] };
    expect(says({ containers: [{ name: 'a', image: '1' }] }, live)).toBe(false);
    expect(says({ containers: [{ name: 'a', image: '2' }] }, live)).toBe(true);
  });

  it('is a field that we once set and no longer want', () => {
    const owned = { 'f:spec': { 'f:a': {}, 'f:list': { 'k:{"name":"x"}': { '.': {}, 'f:name': {} } } } };
    const live = object({ a: 1, list: [{ name: 'x' }] });
    expect(differs(object({ a: 1, list: [{ name: 'x' }] }), live, owned)).toBe(false);
    expect(differs(object({ list: [{ name: 'x' }] }), live, owned)).toBe(true);
    expect(differs(object({ a: 1, list: [] }), live, owned)).toBe(true);
  });
});

describe('a failed request', () => {
  const status = (code: number, retryAfter?: string) => errorFrom(code, '{"reason":"X","message":"m"}', retryAfter);

  it.each<[string, unknown, 'GET' | 'POST', boolean]>([
    ['too many requests', status(429), 'POST', true],
    ['a server in trouble', status(503), 'GET', true],
    ['a server in trouble that may have created it', status(503), 'POST', false],
    ['a refusal', status(403), 'GET', false],
    ['a conflict', status(409), 'GET', false],
    ['nobody there', { code: 'ECONNREFUSED' }, 'POST', true],
    ['a lost connection', { code: 'ECONNRESET' }, 'GET', true],
    ['a lost connection after creating', { code: 'ECONNRESET' }, 'POST', false],
    ['an end of ours', new Error('aborted'), 'GET', false],
  ])('by %s', (_, error, method, repeated) => {
    expect(waitBefore(error, 1, method, 0.5) !== undefined).toBe(repeated);
  });

  it('waits as long as the server asks, and longer with each attempt', () => {
    expect(waitBefore(status(429, '7'), 1, 'GET', 0)).toBe(7000);
    expect(waitBefore(status(503), 3, 'GET', 0.5)).toBeGreaterThan(waitBefore(status(503), 1, 'GET', 0.5)!);
  });

  it('has no secrets in its message', () => {
    expect(errorFrom(500, '<html>', 'undefined')).toBeInstanceOf(KubeError);
    expect(errorFrom(500, '<html>').message).toBe('the API server returned 500: <html>');
  });
});

describe('a lease', () => {
  const timing = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };
  it.each([
    ['that nobody has may be taken', undefined, 0, true],
    ['of ours may be renewed', 'me', 0, true],
    ['of another must be left', 'other', 14_000, false],
    ['of another that was not seen to change may be taken', 'other', 15_001, true],
  ])('%s', (_, holder, age, expected) => {
    expect(mayHold('me', { version: '1', holder, at: 0 }, age, timing)).toBe(expected);
  });
});
