console.log(process.version, process.argv, process.env, process.execArgv)
