# GET with net/http, as Ruby has it.
require 'net/http'

uri = URI('https://api.clients.test/json')
answer = Net::HTTP.start(uri.host, uri.port, use_ssl: true) do |http|
  http.request(Net::HTTP::Get.new(uri, 'Authorization' => "Bearer #{ENV['API_TOKEN']}"))
end
puts "#{answer.code} #{answer.body}"
