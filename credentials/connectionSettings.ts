import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import type { ConnectionSettings } from '../client/http/connection';
import { name, version } from '../package.json';

/** The credential's fields, as the client wants them. */
export function toConnectionSettings(data: ICredentialDataDecryptedObject): ConnectionSettings {
	// n8n nests the rows of a list one level deeper.
	const rows =
		(data.headers as { values?: Array<{ name?: unknown; value?: unknown }> } | undefined)?.values ?? [];
	return {
		apiType: data.apiType === 'azure' ? 'azure' : 'openai',
		// Pasted from a command line, it often comes with the word before it.
		apiKey: text(data.apiKey).replace(/^Bearer\s+/i, ''),
		baseUrl: text(data.baseUrl),
		deploymentUrl: text(data.deploymentUrl),
		apiVersion: text(data.apiVersion),
		organizationId: text(data.organizationId),
		projectId: text(data.projectId),
		userAgent: `${name}/${version}`,
		headers: rows.map((row) => ({ name: text(row.name), value: text(row.value) })).filter((row) => row.name),
	};
}

/** n8n gives an emptied field as null, and a pasted value with its line break. */
function text(value: unknown): string {
	return typeof value === 'string' ? value.trim() : '';
}
