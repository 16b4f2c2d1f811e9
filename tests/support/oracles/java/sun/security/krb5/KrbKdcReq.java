package sun.security.krb5;

/** A request since JDK 21, with the members of the JDK's own class. Earlier releases pass bytes and have no such class. */
abstract class KrbKdcReq {
    protected byte[] obuf;

    public byte[] encoding() {
        return obuf;
    }
}
