/** What commands are for, as `commands` of a scope names it with `@` before it. */
export type RedisFamily = 'read' | 'read-script' | 'write' | 'publish' | 'script' | 'transaction'

/** A family, or what else decides about a command. */
export type RedisClass = RedisFamily | 'connection' | 'named' | 'never'

/** Families that only read, or prepare to. */
export const readingFamilies: ReadonlySet<RedisClass> = new Set(['read', 'read-script', 'transaction', 'connection'])

/**
 * Commands of Redis and Valkey by class; of a command with sub-commands, each is listed alone. What is not listed is in no class.
 * `connection`: what clients ask about their own connection; always allowed. `named`: only where a scope names it. `never`: not
 * even then.
 */
export const redisCommands: Readonly<Record<RedisClass, string>> = {
  read: `
    bitcount bitfield_ro bitpos dbsize digest dump exists expiretime geodist geohash geopos
    georadius_ro georadiusbymember_ro geosearch get getbit getrange hexists hexpiretime hget hgetall hkeys hlen hmget
    hpexpiretime hpttl hrandfield hscan hstrlen httl hvals keys lcs lindex llen lolwut lpos lrange memory|usage mget
    object|encoding object|freq object|help object|idletime object|refcount pexpiretime pfcount psubscribe pttl
    pubsub|channels pubsub|help pubsub|numpat pubsub|numsub pubsub|shardchannels pubsub|shardnumsub punsubscribe randomkey
    scan scard sdiff sinter sintercard sismember smembers smismember sort_ro srandmember sscan ssubscribe strlen
    subscribe substr sunion sunsubscribe touch ttl type unsubscribe vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember
    vrange vsim xinfo|consumers xinfo|groups xinfo|help xinfo|stream xlen xpending xrange xread xrevrange zcard zcount zdiff
    zinter zintercard zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank zrevrange zrevrangebylex
    zrevrangebyscore zrevrank zscan zscore zunion
    bf.card bf.exists bf.info bf.mexists cf.count cf.exists cf.info cf.mexists cms.info cms.query
    ft._list ft.aggregate ft.explain ft.explaincli ft.info ft.search ft.spellcheck ft.sugget ft.suglen ft.syndump ft.tagvals
    json.arrindex json.arrlen json.get json.mget json.objkeys json.objlen json.resp json.strlen json.type
    tdigest.byrank tdigest.byrevrank tdigest.cdf tdigest.info tdigest.max tdigest.min tdigest.quantile tdigest.rank
    tdigest.revrank tdigest.trimmed_mean topk.count topk.info topk.list topk.query
    ts.get ts.info ts.mget ts.mrange ts.mrevrange ts.queryindex ts.range ts.revrange`,
  'read-script': 'eval_ro evalsha_ro fcall_ro script|exists',
  write: `
    append bitfield bitop blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin copy decr decrby del delex delifeq
    expire expireat flushall flushdb geoadd georadius georadiusbymember geosearchstore getdel getex getset hdel hexpire hexpireat
    hgetdel hgetex hincrby hincrbyfloat hmset hpersist hpexpire hpexpireat hset hsetex hsetnx incr incrby incrbyfloat linsert
    lmove lmpop lpop lpush lpushx lrem lset ltrim move mset msetex msetnx persist pexpire pexpireat pfadd pfmerge psetex rename
    renamenx rpop rpoplpush rpush rpushx sadd sdiffstore set setbit setex setnx setrange sinterstore smove sort spop srem
    sunionstore swapdb unlink vadd vrem vsetattr waitaof xack xackdel xadd xautoclaim xclaim xdel xdelex xgroup|create
    xgroup|createconsumer xgroup|delconsumer xgroup|destroy xgroup|help xgroup|setid xreadgroup xsetid xtrim zadd zdiffstore
    zincrby zinterstore zmpop zpopmax zpopmin zrangestore zrem zremrangebylex zremrangebyrank zremrangebyscore zunionstore
    bf.add bf.insert bf.madd bf.reserve cf.add cf.addnx cf.del cf.insert cf.insertnx cf.reserve cms.incrby cms.initbydim
    cms.initbyprob cms.merge ft.aliasadd ft.aliasdel ft.aliasupdate ft.alter ft.create ft.cursor ft.dictadd ft.dictdel
    ft.dictdump ft.dropindex ft.sugadd ft.sugdel ft.synupdate json.arrappend json.arrinsert json.arrpop json.arrtrim json.clear
    json.del json.forget json.merge json.mset json.numincrby json.nummultby json.set json.strappend json.toggle tdigest.add
    tdigest.create tdigest.merge tdigest.reset topk.add topk.incrby topk.reserve ts.add ts.alter ts.create ts.createrule
    ts.decrby ts.del ts.deleterule ts.incrby ts.madd`,
  publish: 'publish spublish',
  script: `
    eval evalsha fcall function|delete function|dump function|flush function|help function|kill function|list function|load
    function|stats script|flush script|help script|kill script|load script|show`,
  transaction: 'discard exec multi unwatch watch',
  connection: `
    acl|cat acl|help acl|whoami asking auth client|caching client|getname client|getredir client|help client|id client|info
    client|no-touch client|reply client|setinfo client|setname client|tracking client|trackinginfo cluster|countkeysinslot
    cluster|getkeysinslot cluster|help cluster|info cluster|keyslot cluster|myid command command|count command|docs
    command|getkeys command|getkeysandflags command|help command|info command|list echo hello info ping quit readonly readwrite
    reset select time wait`,
  named: `
    acl|genpass bgrewriteaof bgsave client|kill client|list client|no-evict client|pause client|unblock client|unpause
    commandlog|get commandlog|help commandlog|len commandlog|reset function|restore lastsave latency|doctor latency|graph
    latency|help latency|histogram latency|history latency|latest latency|reset memory|doctor memory|help memory|malloc-stats
    memory|purge memory|stats restore save slowlog|get slowlog|help slowlog|len slowlog|reset`,
  // SECURITY: these show or change credentials, accounts and addresses, make the server connect elsewhere, or take it over.
  never: `
    acl acl|deluser acl|dryrun acl|getuser acl|list acl|load acl|log acl|save acl|setuser acl|users client client|capa
    client|import-source cluster cluster|addslots cluster|addslotsrange cluster|bumpepoch cluster|count-failure-reports
    cluster|delslots cluster|delslotsrange cluster|failover cluster|flushslots cluster|forget cluster|links cluster|meet
    cluster|migration cluster|myshardid cluster|nodes cluster|replicas cluster|replicate cluster|reset cluster|saveconfig
    cluster|set-config-epoch cluster|setslot cluster|shards cluster|slaves cluster|slots cluster|slot-stats cluster|syncslots
    config config|get config|help config|resetstat config|rewrite config|set debug failover ft.config migrate module
    module|help module|list module|load module|loadex module|unload monitor pfdebug pfselftest psync replconf replicaof
    restore-asking role script|debug sentinel shutdown slaveof sync`,
}

const families: readonly string[] = [
  'read',
  'read-script',
  'write',
  'publish',
  'script',
  'transaction',
] satisfies RedisFamily[]

/** The listed names of a class. */
export function namesOfClass(kind: RedisClass): readonly string[] {
  return redisCommands[kind].trim().split(/\s+/)
}

const never = namesOfClass('never')
const guarded = new Set(never.map((name) => name.split('|')[0]))
const known: ReadonlySet<string> = new Set(
  Object.keys(redisCommands).flatMap((kind) => (kind === 'never' ? [] : namesOfClass(kind as RedisClass))),
)
const commandName = /^(?:[a-z][a-z0-9_.-]{0,63}(?:\|[a-z][a-z0-9_-]{0,63})?|[a-z][a-z0-9_-]{0,31}\.\*)$/

/** Whether a scope may write this in `commands`: a command, `container|sub`, a family such as `@read`, or `prefix.*`. */
export function isCommandEntry(text: string): boolean {
  if (text.startsWith('@')) return families.includes(text.slice(1))
  const name = text.toLowerCase()
  const [first = ''] = name.split('|')
  // SECURITY: what is never allowed cannot be listed, nor a sub-command beside it that is not known to be another matter.
  return commandName.test(name) && (!guarded.has(first) || known.has(name))
}
