"""The credentials of an account that does not exist."""

KEY = "LTAI5tCanaryOfTheKeyIdXX"
SECRET = "canaryOfTheAccessKeySecretXXXX"
TOKEN = "canary-of-the-security-token"

VARIABLES = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
    "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
    "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
}
"""What the SDKs find them in."""
