console.error('about to throw')
throw Object.assign(new Error('no database'), { code: 'E_NO_DB' })
