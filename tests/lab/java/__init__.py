"""What do the releases of Java that users run make of one krb5.conf? See `.ci/install`."""
