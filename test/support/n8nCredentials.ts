import { getAdditionalKeys, type PackageDirectoryLoader } from 'n8n-core';
import {
	ICredentialsHelper,
	NodeHelpers,
	UserError,
	type ICredentialDataDecryptedObject,
	type ICredentialsExpressionResolveValues,
	type IExecuteData,
	type INodeCredentialsDetails,
	type INodeParameters,
	type IWorkflowExecuteAdditionalData,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { absent } from './engineHost';

/** Credentials by type name, with defaults and expressions resolved as n8n's own CredentialsHelper does it. */
export class CredentialsInMemory extends ICredentialsHelper {
	constructor(
		private readonly loader: PackageDirectoryLoader,
		private readonly stored: Record<string, ICredentialDataDecryptedObject>,
	) {
		super();
	}

	override getParentTypes() {
		return [];
	}

	override getCredentialsProperties(type: string) {
		return this.loader.getCredential(type).type.properties;
	}

	override isCredentialUsableByNode(type: string, fullNodeName: string) {
		const { restrictToSupportedNodes, supportedNodes } = this.loader.getCredential(type).type;
		if (!restrictToSupportedNodes) return true;
		return supportedNodes?.some((name) => `${this.loader.packageName}.${name}` === fullNodeName) ?? false;
	}

	override getDecrypted(
		additionalData: IWorkflowExecuteAdditionalData,
		{ name }: INodeCredentialsDetails,
		type: string,
		mode: WorkflowExecuteMode,
		executeData?: IExecuteData,
		raw?: boolean,
		where?: ICredentialsExpressionResolveValues,
	): Promise<ICredentialDataDecryptedObject> {
		const stored = this.stored[type];
		if (!stored) throw new UserError(`Credential "${name}" does not exist for type "${type}".`);
		if (raw) return Promise.resolve(stored);
		const properties = this.getCredentialsProperties(type);
		const complete = NodeHelpers.getNodeParameters(
			properties,
			stored as INodeParameters,
			true,
			false,
			null,
			null,
		) as ICredentialDataDecryptedObject;
		if (!where) return Promise.resolve(complete);
		const keys = getAdditionalKeys(additionalData, mode, null, { isCredential: true });
		const resolved = where.workflow.expression.getParameterValue(
			complete as INodeParameters,
			where.runExecutionData,
			where.runIndex,
			where.itemIndex,
			where.node.name,
			where.connectionInputData,
			mode,
			keys,
			executeData,
			false,
			complete,
		);
		return Promise.resolve(resolved as ICredentialDataDecryptedObject);
	}

	override authenticate = absent('authenticate');
	override preAuthentication = absent('preAuthentication');
	override runPreAuthentication = absent('runPreAuthentication');
	override getCredentials = absent('getCredentials');
	override updateCredentials = absent('updateCredentials');
	override updateCredentialsOauthTokenData = absent('updateCredentialsOauthTokenData');
}
