import type { FailureKind } from '../../../client/core/errors';
import { networkFailure } from '../../../client/http/networkFailure';

const coded = (code: string, message = 'It failed', more: object = {}) =>
	Object.assign(new Error(message), { code, ...more });

test.each<[string, FailureKind]>([
	['ECONNRESET', 'connection'],
	['ECONNREFUSED', 'connection'],
	['EPIPE', 'connection'],
	['ENOTFOUND', 'connection'],
	['EAI_AGAIN', 'connection'],
	['EHOSTUNREACH', 'connection'],
	['UND_ERR_SOCKET', 'connection'],
	['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'connection'],
	['HPE_INVALID_CONSTANT', 'connection'],
	['ETIMEDOUT', 'timeout'],
	['ESOCKETTIMEDOUT', 'timeout'],
	['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
	['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
	['UND_ERR_BODY_TIMEOUT', 'timeout'],
	['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
	['SELF_SIGNED_CERT_IN_CHAIN', 'certificate'],
	['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate'],
	['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate'],
	['CERT_HAS_EXPIRED', 'certificate'],
	['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
	['ERR_SSL_WRONG_VERSION_NUMBER', 'certificate'],
	['EPROTO', 'certificate'],
	['UND_ERR_INVALID_ARG', 'bad_request'],
])('%s is a failure of kind %s', (code, kind) => {
	const error = coded(code);
	const failure = networkFailure(error);
	expect(failure).toMatchObject({ kind, message: 'It failed', details: { code } });
	expect(failure.cause).toBe(error);
});

test.each<{ name: string; error: unknown; kind: FailureKind; code: string | undefined }>([
	{ name: 'no code', error: new Error('strange'), kind: 'connection', code: undefined },
	{
		name: 'a code on its cause',
		error: new TypeError('fetch failed', { cause: coded('ETIMEDOUT') }),
		kind: 'timeout',
		code: 'ETIMEDOUT',
	},
	{
		name: 'a code three causes down',
		error: wrapped(coded('CERT_HAS_EXPIRED'), 3),
		kind: 'certificate',
		code: 'CERT_HAS_EXPIRED',
	},
	{
		name: 'codes on itself and its cause, of which the outer counts,',
		error: coded('EPIPE', 'x', { cause: coded('ETIMEDOUT') }),
		kind: 'connection',
		code: 'EPIPE',
	},
	{
		name: 'a number as code, where the cause counts,',
		error: { code: 20, cause: coded('ETIMEDOUT') },
		kind: 'timeout',
		code: 'ETIMEDOUT',
	},
	{
		name: 'one error per address tried',
		error: new AggregateError([coded('ETIMEDOUT')]),
		kind: 'timeout',
		code: 'ETIMEDOUT',
	},
	{
		name: 'the prototype of another realm',
		error: { name: 'Error', message: 'x', code: 'ETIMEDOUT' },
		kind: 'timeout',
		code: 'ETIMEDOUT',
	},
	{ name: 'a text in its place', error: 'strange', kind: 'connection', code: undefined },
	{ name: 'nothing in its place', error: undefined, kind: 'connection', code: undefined },
	{ name: 'null in its place', error: null, kind: 'connection', code: undefined },
])('an error with $name is a failure of kind $kind', ({ error, kind, code }) => {
	const failure = networkFailure(error);
	expect(failure.kind).toBe(kind);
	expect(failure.details).toStrictEqual(code === undefined ? {} : { code });
});

function wrapped(error: Error, times: number): Error {
	return times === 0 ? error : new Error('outer', { cause: wrapped(error, times - 1) });
}

test('an error that is its own cause is a failure of the connection', () => {
	const error = new Error('round and round');
	error.cause = error;
	expect(networkFailure(error)).toMatchObject({ kind: 'connection', message: 'round and round' });
});

test.each(['SsrfBlockedIpError', 'SsrfBlockedHostnameError'])(
	'a %s is a blocked failure, wherever in the chain',
	(name) => {
		const blocked = Object.assign(new Error('restricted address'), { name });
		expect(networkFailure(blocked)).toMatchObject({ kind: 'blocked', message: 'restricted address' });
		// What n8n's guard throws may come wrapped in something that has a code.
		expect(networkFailure(coded('ECONNREFUSED', 'x', { cause: blocked })).kind).toBe('blocked');
	},
);
