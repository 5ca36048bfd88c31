#!/bin/sh
# The commands that the API's document shows, as it shows them: only the address and the password are ours. The stage
# has what they name.
set -eu
echo hello >file.txt
echo hello >myfile.txt
while IFS= read -r command; do
    case $command in "" | "#"*) continue ;; esac
    ours=$(printf '%s' "$command" | sed "s|-u admin:[a-z]*|-u $LOGIN:$PASSWORD|; s|http://localhost|$HELPDESK|")
    # -v stands in every one of them; what it says goes to standard error.
    answer=$(sh -c "$ours --silent" 2>said.txt) || { cat said.txt; exit 1; }
    status=$(sed -n 's/^< HTTP\/1.1 \([0-9]*\).*/\1/p' said.txt | tail -n 1)
    if [ "$status" != 200 ]; then
        printf 'DIFFERENT  %s\n  got    %s %s\n  wanted 200\n' "$command" "$status" "$answer"
        exit 1
    fi
    echo "ok  $status  $command"
done <<'END'
curl -u admin:password -v http://localhost/helpdesk/api/Ticket?id=1234
curl -F "categoryId=1" -F "body=test" -F "subject=test" -F "priorityId=0" -F "priorityId=0" -F "uploadFile=@file.txt" -u admin:password -v http://localhost/helpdesk/api/ticket
curl -F "id=1" -F "uploadFile=@myfile.txt" -u admin:password -v http://localhost/helpdesk/api/AttachFile
curl -u admin:password -v http://localhost/helpdesk/api/DeleteFile/1233
curl -F "id=1" -F "body=test" -F "uploadFile=@file.txt" -u admin:password -v http://localhost/helpdesk/api/comment
curl -F "categoryId=1" -F "body=test" -F "subject=test" -u admin:admin -v http://localhost/helpdesk/api/article
END
