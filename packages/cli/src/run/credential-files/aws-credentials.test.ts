import { awsCredentials } from './aws-credentials.ts'
import { testCredentialFile } from './credential-files.suite.ts'

const id = 'AKIAREALREALREALREAL'
const key = 'r/'.repeat(20)
const token = 't+'.repeat(60)
const text = `# hidden-comment\n[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${key}\n\n[work]\naws_access_key_id=ASIAWORKWORKWORKWORK\naws_secret_access_key=${key}\naws_session_token=${token}\nother = hidden-x\n\n[sso]\ncredential_process = hidden-program\n`
const pair = 'aws_access_key_id = <1>\naws_secret_access_key = <2>\n'
const config =
  '[default]\nregion = eu-central-1\nrole_arn = hidden-role\n[profile work]\nregion = us-east-1\n[profile bad]\nregion = hidden-region!\n'

testCredentialFile(
  awsCredentials,
  [
    {
      name: 'the default profile, with its region',
      text,
      beside: { '/home/person/.aws/config': config },
      logins: [[[id, key], 'aws']],
      inside: { '.aws/credentials': `[default]\n${pair}`, '.aws/config': '[default]\nregion = eu-central-1\n' },
    },
    {
      name: 'the profile that is in use, under its name and as default, without the session token',
      text,
      user: { AWS_PROFILE: 'work', AWS_CONFIG_FILE: '/etc/aws' },
      beside: { '/etc/aws': config },
      logins: [[['ASIAWORKWORKWORKWORK', key, token], 'aws']],
      inside: {
        '.aws/credentials': `[default]\n${pair}[work]\n${pair}`,
        '.aws/config': '[default]\nregion = us-east-1\n[profile work]\nregion = us-east-1\n',
      },
    },
    {
      name: 'a profile that asks a program stays outside',
      text,
      user: { AWS_PROFILE: 'sso' },
      logins: [],
      leftOut: [/profile sso has no pair/],
      inside: {},
    },
    {
      name: 'a profile of an unusual name stays outside',
      text,
      user: { AWS_PROFILE: 'a]\n[b' },
      logins: [],
      leftOut: [/unusual form/],
      inside: {},
    },
  ],
  [`[default]\n${key}`],
)
