#!/bin/sh
# n8n loads community nodes from its user folder, which is a volume and hides what an image has there. So the package
# is put there when a container starts, and a new image brings a new version. Containers may share the volume and start
# at the same time: one at a time then, and what is the same stays, since others may be reading it.
set -e
package=/opt/n8n-nodes-chatgpt
nodes="${N8N_USER_FOLDER:-$HOME}/.n8n/nodes"
# Docker makes the folder of a bind mount as root, and mkdir alone would not tell what to do then.
trap 'echo "The ChatGPT node could not be put into $nodes, see the line above; if permission was denied, give the folder mounted at ${nodes%/nodes} to user $(id -u): chown -R $(id -u) <folder>" >&2' EXIT
mkdir -p "$nodes/node_modules"
(
	flock 9
	target="$nodes/node_modules/n8n-nodes-chatgpt"
	if ! diff -rq "$package" "$target" >/dev/null 2>&1; then
		rm -rf "$target"
		cp -R "$package" "$target"
	fi
) 9>"$nodes/n8n-nodes-chatgpt.lock"
trap - EXIT
exec /docker-entrypoint.sh "$@"
