<?php
// GET with PHP's own streams, which read no proxy from the environment.
$options = ['http' => ['header' => 'Authorization: Bearer ' . getenv('API_TOKEN')]];
$answer = file_get_contents('https://api.clients.test/json', false, stream_context_create($options));
echo explode(' ', $http_response_header[0])[1], ' ', $answer, "\n";
