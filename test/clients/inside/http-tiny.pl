# GET with HTTP::Tiny, which is part of Perl.
use strict;
use warnings;
use HTTP::Tiny;

my $client = HTTP::Tiny->new(verify_SSL => 1, timeout => 20);
my $headers = { Authorization => "Bearer $ENV{API_TOKEN}" };
my $answer = $client->get('https://api.clients.test/json', { headers => $headers });
print "$answer->{status} $answer->{content}\n";
exit($answer->{success} ? 0 : 1);
