import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.security.authorize.AuthorizationException;
import org.apache.hadoop.security.authorize.DefaultImpersonationProvider;

/** For each line "FILE USER ADDRESS": may the user hadoop act for USER from ADDRESS? */
public final class Impersonation {
  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      System.out.println(answer(words[0], words[1], words[2]));
    }
  }

  private static String answer(String file, String name, String address) throws Exception {
    Configuration settings = new Configuration(false);
    settings.addResource(Path.of(file).toUri().toURL());
    DefaultImpersonationProvider provider = new DefaultImpersonationProvider();
    provider.setConf(settings);
    try {
      provider.init("hadoop.proxyuser");
    } catch (IllegalArgumentException error) {
      return "does not start";
    }
    UserGroupInformation service = UserGroupInformation.createRemoteUser("hadoop");
    UserGroupInformation user = UserGroupInformation.createProxyUserForTesting(name, service, new String[] {"staff"});
    try {
      provider.authorize(user, InetAddress.getByName(address));
      return "allowed";
    } catch (IllegalArgumentException error) { // a block compared with an IPv6 address
      return "host";
    } catch (AuthorizationException error) {
      return error.getMessage().startsWith("Unauthorized connection") ? "host" : "user";
    }
  }
}
