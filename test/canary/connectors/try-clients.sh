# What stock clients do inside a sandbox: sh try-clients.sh SERVICE... A session that is good says "<service> is well".
# With AGAIN, nothing but that session is tried.

repository=$(cat repository)
cd /tmp || exit 1

try() {
  "$@" 2>&1 </dev/null
  echo "@ $1 ended with $?"
}

# The same with a wrong password.
wrong() {
  [ -n "$AGAIN" ] || try "$@"
}

# Host, port and password of a URL.
place() {
  /usr/bin/python3 -c 'import sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
print(url.hostname, url.port, url.password)' "$1"
}

postgres() {
  try psql -X -A -t -c "select 'postgres is ' || 'well'"
  PGPASSWORD=wrong wrong psql -X -c 'select 1'
  PGPASSWORD=$KEY wrong psql -X -c 'select 1'
}

postgres_refusing() {
  try psql -X "$POSTGRES_REFUSING" -c 'select 1'
}

mysql() {
  set -- mariadb --no-defaults --skip-ssl -N -B -e
  try "$@" "select concat('mysql is ', 'well')"
  MYSQL_PWD=wrong wrong "$@" 'select 1'
  MYSQL_PWD=$KEY wrong "$@" 'select 1'
}

mysql_refusing() {
  set -- $(place "$MYSQL_REFUSING")
  MYSQL_PWD=$3 try mariadb --no-defaults --skip-ssl -h "$1" -P "$2" -e 'select 1'
}

redis() {
  try redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" echo 'redis is well'
  REDISCLI_AUTH=wrong wrong redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" ping
  REDISCLI_AUTH=$KEY wrong redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" ping
}

redis_refusing() {
  unset REDISCLI_AUTH
  try redis-cli -u "$REDIS_REFUSING" ping
}

send_mail() {
  printf 'From: agent@service.test\r\nSubject: hello\r\n\r\nHello.\r\n' >mail
  try curl -sS -v -u "any:$1" --mail-from agent@service.test --mail-rcpt someone@example.com -T mail "smtp://$2" | grep -v '^[{}]'
  rm mail
}

smtp() {
  send_mail "$SMTP_PASSWORD" "$SMTP_HOST:$SMTP_PORT" | sed 's/^< 250 OK id=.*/&, smtp is well/'
  wrong send_mail wrong "$SMTP_HOST:$SMTP_PORT"
  wrong send_mail "$KEY" "$SMTP_HOST:$SMTP_PORT"
}

smtp_refusing() {
  set -- $(place "$SMTP_REFUSING")
  send_mail "$3" "$1:$2"
}

mongodb() {
  try /usr/bin/python3 -c '
import os, pymongo, re
url = os.environ["MONGODB"]
wrong = ("wrong", os.environ["KEY"]) if not os.environ.get("AGAIN") else ()
for uri in (url, *(re.sub(":[^:@]*@", f":{password}@", url) for password in wrong)):
    try:
        client = pymongo.MongoClient(uri, serverSelectionTimeoutMS=5000)
        client.app.coats.insert_one({"_id": str(os.getpid())})
        print("mongodb is", "well")
    except Exception as error:
        print(error)'
}

ssh_git() {
  try git ls-remote "ssh://git@$COATCHECK_SSH_HOST$repository" | sed 's/refs.heads.main/&, ssh_git is well/'
  wrong ssh-keygen -q -t ed25519 -N '' -f other
  wrong ssh -i other -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "git@$COATCHECK_SSH_HOST" "git-upload-pack '$KEY'"
}

for service in "$@"; do "$service"; done
