# verify.pl RECORD FILE... - what Mail::DKIM says of the signature in each
# file, a line each. RECORD is the text that DNS has for every key.
use strict;
use warnings;

use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS::RR;

my ( $record, @files ) = @ARGV;

{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ($name) = @_;
        return Net::DNS::RR->new(
            owner   => $name,
            type    => 'TXT',
            txtdata => [ $record =~ /(.{1,255})/gs ]
        );
    };
}

for my $file (@files) {
    my $verifier = Mail::DKIM::Verifier->new();
    open my $mail, '<:raw', $file or die "$file: $!\n";
    local $/;
    $verifier->PRINT(<$mail>);
    $verifier->CLOSE();
    print $verifier->result_detail, "\n";
}
