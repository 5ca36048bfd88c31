#!/bin/sh
# curl: large files, old versions of HTTP, verbs and spellings.
set -eu
curl="curl --silent --show-error --max-time 20 --path-as-is --user $LOGIN:$PASSWORD"
api=$HELPDESK/api

same() {
    if [ "$2" != "$3" ]; then
        printf 'DIFFERENT  %s\n  got    %s\n  wanted %s\n' "$1" "$2" "$3"
        exit 1
    fi
    echo "ok  $1"
}

# A large file is announced first; curl sends it when the server says so.
head -c 3000000 /dev/zero >large.bin
id=$($curl -F categoryId=1 -F subject=large -F body=x -F "uploadFile=@large.bin" "$api/ticket")
same "a ticket is a bare number" "$(echo "$id" | tr -d 0-9)" ""
said=$($curl -v -F id="$id" -F "uploadFile=@large.bin;filename=second.bin" "$api/AttachFile" 2>&1)
same "curl asks before a large body" "$(echo "$said" | grep -ci '^> expect: 100-continue')" 1
same "and is told to go on" "$(echo "$said" | grep -c '^< HTTP/1.1 100 Continue')" 1
same "AttachFile" "$(echo "$said" | grep -c '^< HTTP/1.1 200 OK')" 1
file=$($curl "$api/Attachments/$id" | tr ',' '\n' | sed -n 's/.*"FileID":\([0-9]*\).*/\1/p' | head -n 1)
$curl -o back.bin "$api/attachment/$file"
same "the file comes back" "$(cmp large.bin back.bin && echo same)" same

for version in --http1.0 --http1.1; do
    same "$version" "$($curl $version -o /dev/null -w '%{http_code} %{http_version}' "$api/Authorization")" "200 $(echo "${version#--http}" | sed 's/1.0/1/')"
    same "$version POST" "$($curl $version -d id="$id" -d priority=1 -w '%{http_code}' "$api/UpdateTicket")" 200
done
for way in "-X POST" "-d ''" "-X POST -H Content-Length:0" "-G" "-X GET -d x=y" "-H Content-Type:application/json" \
    "-X POST -H Content-Type:application/json" "-X POST -H Content-Type:multipart/form-data;boundary=x"; do
    # shellcheck disable=SC2086 # several arguments
    same "UpdateTicket $way" "$($curl $way -w '%{http_code}' "$api/UpdateTicket?id=$id&statusId=2")" 200
done
same "-G with arrays" "$($curl -G -d 'statusId=2' -d 'statusId=3' -d count=300 -w ' %{http_code}' "$api/Tickets" | grep -c "\"IssueID\":$id,.* 200")" 1
same "--json" "$($curl -X POST -H 'Content-Type: application/json' -d "{\"id\":\"$id\",\"tags\":null,\"priority\":1}" -w '%{http_code}' "$api/UpdateTicket")" 200
same "--data-urlencode" "$($curl --data-urlencode "subject=Ä & Ö" -d id="$id" -w '%{http_code}' "$api/updateticket")" 200
same "it is there" "$($curl "$api/ticket?id=$id" | grep -c '"Subject":"Ä & Ö"')" 1
same "chunked" "$(echo "id=$id&priority=0" | $curl -X POST -H 'Transfer-Encoding: chunked' -H 'Content-Type: application/x-www-form-urlencoded' \
    --data-binary @- -w '%{http_code}' "$api/UpdateTicket")" 200
same "a chunked file" "$($curl -F id="$id" -F 'file=@-;filename=piped.txt' "$api/AttachFile" -H 'Transfer-Encoding: chunked' -w '%{http_code}' <"$0")" 200

for path in /api//Tickets /API/tickets /api/tickets/ //helpdesk/api//TICKETS// /HELPDESK/API/Tickets /api/Tickets/5; do
    same "$path" "$($curl -o /dev/null -w '%{http_code} %{num_redirects} %{redirect_url}' "$HELPDESK$path")" "200 0 "
done
for path in /api/./Tickets /api/%54ickets /helpdesk/api/..%3b/Tickets "/api/Tickets;jsessionid=1" /api/%2e%2e/api/Tickets; do
    same "$path" "$($curl -o /dev/null -w '%{http_code}' "$HELPDESK$path")" 404
done

same "HEAD" "$($curl -I "$api/Tickets" | head -n 1 | tr -d '\r')" "HTTP/1.1 200 OK"
same "HEAD never writes" "$($curl -I -o /dev/null -w '%{http_code}' "$api/Close?id=$id")" 405
same "OPTIONS" "$(curl -s -X OPTIONS -D - -H 'Origin: http://a.test' -H 'Access-Control-Request-Method: GET' "$api/Tickets" | grep -ci '^access-control-allow-origin: \*')" 1
for turn in 1 2 3; do $curl -o /dev/null -d "categoryId=1&subject=number $turn&body=x" "$api/ticket"; done
same "gzip" "$($curl -H 'Accept-Encoding: gzip' "$api/Tickets?count=300" | gzip -d | head -c 2)" "[{"
same "--compressed" "$($curl --compressed "$api/Tickets?count=300" | head -c 2)" "[{"
same "one connection for three calls" "$($curl -o /dev/null -o /dev/null -o /dev/null -w '%{num_connects} ' "$api/Tickets" "$api/ticket/$id" "$api/Priorities")" "1 0 0 "

token=$($curl "$HELPDESK/User/Token")
for header in "Bearer $token" "Bearer  $token" "BEARER	$token"; do
    same "Bearer" "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: $header" "$api/Authorization")" 200
done
for name in "$LOGIN" "$LOGIN@desk.test" "DOMAIN\\$LOGIN"; do
    same "login as $name" "$(curl -s -o /dev/null -w '%{http_code}' -u "$name:$PASSWORD" "$api/Authorization")" 200
    same "login as $name in the address" "$(curl -s -o /dev/null -w '%{http_code}' "http://$(printf %s "$name" | sed 's/@/%40/; s/\\/%5C/'):$PASSWORD@${api#http://}/Authorization")" 200
done
same "--anyauth" "$(curl -s -o /dev/null -w '%{http_code}' --anyauth -u "$LOGIN:$PASSWORD" "$api/Authorization")" 200
