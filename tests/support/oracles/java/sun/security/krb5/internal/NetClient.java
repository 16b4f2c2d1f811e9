package sun.security.krb5.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Stands in for the JDK's own class: notes what would be sent where, sends nothing, and fails in the way that is not tried again. */
public abstract class NetClient implements AutoCloseable {
    public static final List<Object[]> ATTEMPTS = new ArrayList<>();

    public static NetClient getInstance(String protocol, String host, int port, int timeout) throws IOException {
        ATTEMPTS.add(new Object[] {protocol, host, port, timeout});
        throw new IOException("nothing is sent");
    }

    public abstract void send(byte[] bytes) throws IOException;

    public abstract byte[] receive() throws IOException;

    @Override
    public abstract void close() throws IOException;
}
