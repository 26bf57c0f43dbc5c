<?php
// GET with the curl extension.
$request = curl_init('https://api.clients.test/json');
curl_setopt($request, CURLOPT_HTTPHEADER, ['Authorization: Bearer ' . getenv('API_TOKEN')]);
curl_setopt($request, CURLOPT_RETURNTRANSFER, true);
$answer = curl_exec($request);
echo curl_getinfo($request, CURLINFO_HTTP_CODE), ' ', $answer === false ? curl_error($request) : $answer, "\n";
