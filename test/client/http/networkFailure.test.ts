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

test.each<[string, unknown, FailureKind, string | undefined]>([
	['no code', new Error('strange'), 'connection', undefined],
	[
		'a code on its cause',
		new TypeError('fetch failed', { cause: coded('ETIMEDOUT') }),
		'timeout',
		'ETIMEDOUT',
	],
	['a code three causes down', wrapped(coded('CERT_HAS_EXPIRED'), 3), 'certificate', 'CERT_HAS_EXPIRED'],
	[
		'codes on both, the outer counts',
		coded('EPIPE', 'x', { cause: coded('ETIMEDOUT') }),
		'connection',
		'EPIPE',
	],
	['a number as code, its cause counts', { code: 20, cause: coded('ETIMEDOUT') }, 'timeout', 'ETIMEDOUT'],
	['one error per address tried', new AggregateError([coded('ETIMEDOUT')]), 'timeout', 'ETIMEDOUT'],
	['an error of another realm', { name: 'Error', message: 'x', code: 'ETIMEDOUT' }, 'timeout', 'ETIMEDOUT'],
	['a text', 'strange', 'connection', undefined],
	['nothing', undefined, 'connection', undefined],
	['null', null, 'connection', undefined],
])('an error with %s', (_, error, kind, code) => {
	const failure = networkFailure(error);
	expect(failure.kind).toBe(kind);
	expect(failure.details).toStrictEqual(code === undefined ? {} : { code });
});

function wrapped(error: Error, times: number): Error {
	return times === 0 ? error : new Error('outer', { cause: wrapped(error, times - 1) });
}

test('an error that is its own cause', () => {
	const error = new Error('round and round');
	error.cause = error;
	expect(networkFailure(error)).toMatchObject({ kind: 'connection', message: 'round and round' });
});

test.each(['SsrfBlockedIpError', 'SsrfBlockedHostnameError'])(
	'%s is blocked, wherever in the chain',
	(name) => {
		const blocked = Object.assign(new Error('restricted address'), { name });
		expect(networkFailure(blocked)).toMatchObject({ kind: 'blocked', message: 'restricted address' });
		// What n8n's guard throws may come wrapped in something that has a code.
		expect(networkFailure(coded('ECONNREFUSED', 'x', { cause: blocked })).kind).toBe('blocked');
	},
);
