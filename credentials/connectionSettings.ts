import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import type { ConnectionSettings } from '../client/connection';
import { name, version } from '../package.json';

/** The credential's fields, as the client wants them: n8n nests the header rows one level deeper. */
export function toConnectionSettings(data: ICredentialDataDecryptedObject): ConnectionSettings {
	const { headers, ...fields } = data as unknown as Omit<ConnectionSettings, 'headers'> & {
		headers?: { values?: ConnectionSettings['headers'] };
	};
	return { ...fields, userAgent: `${name}/${version}`, headers: headers?.values ?? [] };
}
