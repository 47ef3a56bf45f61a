#!/bin/sh
# n8n loads community nodes from its user folder, which is a volume and hides what an image has there. So the package
# is put there when a container starts, and a new image brings a new version. Containers may share the volume and start
# at the same time: one at a time then, and what is the same stays, since others may be reading it.
set -e
package=${CHATGPT_PACKAGE:-/opt/n8n-nodes-chatgpt}
nodes="${N8N_USER_FOLDER:-$HOME}/.n8n/nodes"
mkdir -p "$nodes/node_modules"
(
	flock 9
	target="$nodes/node_modules/n8n-nodes-chatgpt"
	if ! diff -rq "$package" "$target" >/dev/null 2>&1; then
		rm -rf "$target"
		cp -R "$package" "$target"
	fi
) 9>"$nodes/n8n-nodes-chatgpt.lock"
exec /docker-entrypoint.sh "$@"
