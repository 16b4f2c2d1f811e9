import java.net.InetAddress;
import java.net.UnknownHostException;

/** Print the canonical name that OpenJDK makes of each host, "unknown" if it has no address. */
public class NamesOracle {
    public static void main(String[] hosts) {
        for (String host : hosts) {
            try {
                System.out.println(InetAddress.getByName(host).getCanonicalHostName());
            } catch (UnknownHostException error) {
                System.out.println("unknown");
            }
        }
    }
}
