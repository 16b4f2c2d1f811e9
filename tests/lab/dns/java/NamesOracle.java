import java.net.InetAddress;
import java.net.UnknownHostException;
import javax.security.auth.kerberos.KerberosPrincipal;

/** What OpenJDK makes of each host: host name, canonical name, and the principal of a host-based service, tab-separated; "unknown" where it has no address. */
public class NamesOracle {
    public static void main(String[] hosts) {
        for (String host : hosts) {
            try {
                String name = InetAddress.getByName(host).getHostName();
                String full = InetAddress.getByName(host).getCanonicalHostName();
                String service = new KerberosPrincipal("hive/" + host + "@R", KerberosPrincipal.KRB_NT_SRV_HST).getName();
                System.out.println(name + "\t" + full + "\t" + service);
            } catch (UnknownHostException error) {
                System.out.println("unknown");
            }
        }
    }
}
