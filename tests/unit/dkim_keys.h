/* SPDX-License-Identifier: ISC */
/*
 * dkim_keys - keys for dkim_test: made for it, used nowhere else.
 */
#ifndef NASHRA_TESTS_DKIM_KEYS_H
#define NASHRA_TESTS_DKIM_KEYS_H

static const char KEY[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBALDc6TBOul3AetaA\n"
    "wJlnosdBykW0CfpuNc3ngPBvKCDBwZ+y9cWgY3FvoC4GcrbHOmMrZZ6t2UUXYFdT\n"
    "m99pSLGXz0QfVe5AD6+3lW0nS88mLSmwpa5duD9Wjz/9lJihLmd36EhuqrN9pzkR\n"
    "O/Oaw9anly6HYfHdhwAtc8J6XfcpAgMBAAECgYB/NnaYI5iTRJZWYYenD88aqWy3\n"
    "VDd1JP6YWvL4fcuMPDFsEAoNmz7L4fGCCWtLouORXy6ZwwwrURQf2+ia+pyoxpsp\n"
    "JarHjwwgkPnurBJl4p+BSa6OuKHH/5WO+wjpGZdTF3alaDGneD+P05qGi7IMcvCg\n"
    "KujbJoe510zXRr9igQJBANd6KrSSan32UBaUGqDGWF+IVsaAERnnxK6i6UTZt430\n"
    "gzV7Hzvu4u13sSX2tB+BA1dcvUnD/4WbrYVPGrQvTlECQQDSH7dkmwyIUramkahB\n"
    "VrM1jcrl2LwGDDmLc8Mh5D6VnFNeSDokmj5fm4KUZ15ZQYKqtwoWDy1qwPSiVuXD\n"
    "T61ZAkByc2dfhi2ePkiH1Z7XKsMh6w78XGW49swXXly8v0+pzOgsbftHIDnUnDCx\n"
    "03oVCbe2nYHFPp/oXaorFrs+XaohAkB2psA5SDBgfkxzbIaVNq8Fi6bJ+YPa6mZI\n"
    "L7s9VRReCSMudxyV9J9J/5dR07j8L7joS2mfoTxlLsY1MVqW2lQpAkBT4jLvVYng\n"
    "LjI8qUOhF9awM/+NvupAe4FgZfeiAaVqC1diu7BqsHHV5NJF4H+T7xF/m38jFs+O\n"
    "dnETXuPikC76\n"
    "-----END PRIVATE KEY-----\n";
static const char KEY_PKCS1[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICWwIBAAKBgQCw3OkwTrpdwHrWgMCZZ6LHQcpFtAn6bjXN54DwbyggwcGfsvXF\n"
    "oGNxb6AuBnK2xzpjK2WerdlFF2BXU5vfaUixl89EH1XuQA+vt5VtJ0vPJi0psKWu\n"
    "Xbg/Vo8//ZSYoS5nd+hIbqqzfac5ETvzmsPWp5cuh2Hx3YcALXPCel33KQIDAQAB\n"
    "AoGAfzZ2mCOYk0SWVmGHpw/PGqlst1Q3dST+mFry+H3LjDwxbBAKDZs+y+Hxgglr\n"
    "S6LjkV8umcMMK1EUH9vomvqcqMabKSWqx48MIJD57qwSZeKfgUmujrihx/+VjvsI\n"
    "6RmXUxd2pWgxp3g/j9OahouyDHLwoCro2yaHuddM10a/YoECQQDXeiq0kmp99lAW\n"
    "lBqgxlhfiFbGgBEZ58SuoulE2beN9IM1ex877uLtd7El9rQfgQNXXL1Jw/+Fm62F\n"
    "Txq0L05RAkEA0h+3ZJsMiFK2ppGoQVazNY3K5di8Bgw5i3PDIeQ+lZxTXkg6JJo+\n"
    "X5uClGdeWUGCqrcKFg8tasD0olblw0+tWQJAcnNnX4Ytnj5Ih9We1yrDIesO/Fxl\n"
    "uPbMF15cvL9PqczoLG37RyA51JwwsdN6FQm3tp2BxT6f6F2qKxa7Pl2qIQJAdqbA\n"
    "OUgwYH5Mc2yGlTavBYumyfmD2upmSC+7PVUUXgkjLncclfSfSf+XUdO4/C+46Etp\n"
    "n6E8ZS7GNTFaltpUKQJAU+Iy71WJ4C4yPKlDoRfWsDP/jb7qQHuBYGX3ogGlagtX\n"
    "YruwarBx1eTSReB/k+8Rf5t/IxbPjnZxE17j4pAu+g==\n"
    "-----END RSA PRIVATE KEY-----\n";
static const char KEY_768[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIB5QIBADANBgkqhkiG9w0BAQEFAASCAc8wggHLAgEAAmEA9PbzD0MudCDgzjhr\n"
    "A7GGRyQiQ8LA9hpF9h7F3bkLWmAEkojZvTocf8kAT1HvPdNtr709GX+SUul28kaD\n"
    "dk7CIpJNJd2t/8QIjLNPrZ0vz7uGa/ord/BL3TIUAgiOfa0bAgMBAAECYBulEuES\n"
    "D9gDLduX+lu8WQ8GQOesvuIHLQYNiv7utx1H4Lw4vXnhaP3yzRomgP1VMr8vbJ9w\n"
    "CBhVxPIRmJUeo4SwkB2nh2Vy1nEgLMhRPUXIXcAzjSOQDHJeVzjjmt/iAQIxAP3l\n"
    "vu79fD/ATB4rL8+64iKOBGbmb5UbPhV0CRRZ0jVkIvOHJDJg2QT9lnbMEHY/QQIx\n"
    "APb+RDGL7r3PIN2ScXZsQVsdu074LTbwX/8eHpGUB2FhX5L8vjL3bTkGm3n4Yanx\n"
    "WwIxALZ7bNqaZ7XuQQch5RA5cpSBXBqVHredR+blai0tTY9ANHqxs8tdnj0fAgjK\n"
    "LD7AwQIxAJJzQ2YJbb7X8MnQSjyIhdwL7gMt/klED/eKGWACYLnp7ayO9gvsT7Pv\n"
    "agLRNr94XwIwPsm3bdK5O9qX/9PBba/La/6SLnbSAQE9+p/WGWZJr0uHvPBng8hG\n"
    "9z0si7TjU83a\n"
    "-----END PRIVATE KEY-----\n";
static const char KEY_ED25519[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIIWNPKmq7GXG/uk3PjaTr8PNqiBSnf6TEXlUTrhhbraF\n"
    "-----END PRIVATE KEY-----\n";
static const char KEY_PSS[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICdAIBADALBgkqhkiG9w0BAQoEggJgMIICXAIBAAKBgQDBCoF3RN32FF9DrPRw\n"
    "Vt15xmAHMjZtgNJpIhQNZEmkfwNkMh2Gy+mexIJAFfz2l0NLgzIayIfOsS5jTLaZ\n"
    "46dZD7yyWiaBLj28G0lyb8+cw7EB/9RkzY9C1nCsgHrkaYUjnmhY6qlWSmiu+3Qq\n"
    "jwBmZY2bHuSxc5WKnQU/C8cyAwIDAQABAoGAbyuLr5IbeZH14tWB2AhOd8jEmKBU\n"
    "M+/SPPWBMs0kk/UJkPRDiNN58RMeJ6YCDkjCWoRtoHsHqwLiwhD1v94ZCvMzUSjt\n"
    "ooY1l/siB7rCKzhDfaaHPwIzWoEBhvHEgcrdeSqRuyWuUnAaMCEvKMjuA0BmzYyu\n"
    "QTO2O37vzWBb5wECQQDgtdSKqrWHALstnl4abKRU77KK2X3SIgNmnTJK+ocn8AjZ\n"
    "MN6FDbOUp7e85iMhmgGEb69SK3HO4qzgUlWCMZ1DAkEA2+vF62INJmO/CNA3eiaM\n"
    "brWob1ErloyRAWZ9e65UAjHKCkKvdOnsRj0eSnvkSpWyXUVGmVnvqOF7zDkP7XJs\n"
    "QQJBAKrKKK/4TZ49dQaYLqfg2QnhYQ9dfN8AkRsl8TrBrYYyT1dcaFQydMJQszr0\n"
    "o9D/L5YMGPHYKVj4OjMJAQrCUOcCQGCHhqIgsaDuG0XlDtTA4tcdSUdDG5zDKkqx\n"
    "D9cf16P28rW6O4VXv+u8m/UZmETcnCOwaqKZBUbdYhdr3H/ev4ECQCJWeDYaDsKU\n"
    "lspzPrVIayOOrEyezTNI6pYeNP0+S1PL2mBml8MSkQ7g7gxbYQ6BtMDaUqNM13kL\n"
    "f4CB/VmRAoU=\n"
    "-----END PRIVATE KEY-----\n";
static const char KEY_ENCRYPTED[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIkSO6dC0frQ8CAggA\n"
    "MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAECBBCrGrj0wGRrNcdVQetnYXhnBIIC\n"
    "gG63sZQaiSF3OhQezeaj/eITTQrerdVcIVosIaby3LR8mxH8fIZ43YiRuhwTpYjD\n"
    "B8gRXWzkoitq8Z4zWwkxC+6dgRiskeJ3P/D52p8dLpXZLH+ta4St5eUxFONG07U6\n"
    "fxssPYdhGxmBLIb1g9hw9Zedwea/Kg9gYbMZmTkq7ZCdi5/FEjEVC5OWw+Nchwdh\n"
    "bHVEhFVgc8PQxpqf19tbZTZZUGetqizkqP0skZv38VJ8SWpb+Dw2LFgelg18J2Vk\n"
    "+siq8RNjM+tbIp6EDGyvrriHo6gPtE7DFo8KveUKiF/EoboXD6MMPnWSyHQj24MK\n"
    "noeD4BHqFgowXML97q/pkat8SqR4zIqv3F+Ng1fJ/O27+XreTszTgHL7jnuOOZ/n\n"
    "WoR//dKZhtJD2tWq2jg60a+xo5rXpByt2QEm57IbGJV9OevNPWNwjanGphNj1xZa\n"
    "1xqJY2B0s//ziPeQKldSnxjtDqczi2RWlrn9IhjeS0oAzsrOr/F6l0Ju7dDX+J0f\n"
    "tPCib88TGfVpw2WXIsVlV/IPmaPNMF6tKViCyNGXfbPjKsmnzLGmRZD24+ZaFUSJ\n"
    "uoyk212u18ocKAZXDgW8TDd/CPLQusn1lfSYTyTK7OH5jfbZ2ARZyTgBH7ltoucz\n"
    "SeTF43syZoKhPoyzqasPL862e2Z6MYV8/UDVJdmUoOb6nqgfvjUX41v8LMqu/OwV\n"
    "tzNCM+3Hgnf2bhZpEd2vW4iYLZMqz6ewmoHEnXeSfqkkSTpE38UPChNrseMojdcS\n"
    "0sLlvcfhaqx3tDQoQarzlEXcUb/4iOSlcRrRs/vmByv32Tp0vC273WZN7Q6Ll4ss\n"
    "GIopPn0nHKP7GbBrU49HSGk=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";
static const char KEY_PUBLIC[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCw3OkwTrpdwHrWgMCZZ6LHQcpF\n"
    "tAn6bjXN54DwbyggwcGfsvXFoGNxb6AuBnK2xzpjK2WerdlFF2BXU5vfaUixl89E\n"
    "H1XuQA+vt5VtJ0vPJi0psKWuXbg/Vo8//ZSYoS5nd+hIbqqzfac5ETvzmsPWp5cu\n"
    "h2Hx3YcALXPCel33KQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

/* Of KEY. */
static const char RECORD[] =
    "v=DKIM1; k=rsa; "
    "p="
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCw3OkwTrpdwHrWgMCZZ6LHQcpFtAn6bjXN54"
    "DwbyggwcGfsvXFoGNxb6AuBnK2xzpjK2WerdlFF2BXU5vfaUixl89EH1XuQA+"
    "vt5VtJ0vPJi0psKWuXbg/Vo8//"
    "ZSYoS5nd+hIbqqzfac5ETvzmsPWp5cuh2Hx3YcALXPCel33KQIDAQAB";

/* Of KEY_ED25519: RFC 8463 4.2. */
static const char RECORD_ED25519[] =
    "v=DKIM1; k=ed25519; p=0vLSw07hW8nCjrbSgzgjqfb8WLAjCmnJYVKGJGejKUE=";

#endif
