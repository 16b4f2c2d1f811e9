import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.PrivilegedExceptionAction;
import java.security.Security;
import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.kerberos.KerberosTicket;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;
import javax.security.auth.login.LoginContext;
import org.ietf.jgss.GSSContext;
import org.ietf.jgss.GSSCredential;
import org.ietf.jgss.GSSManager;
import org.ietf.jgss.Oid;

/**
 * What does a Java program get from its KDCs? One command a line on standard input, one answer a line on standard output.
 *
 * "keep FILE": log in with this krb5.conf and keep the ticket. "login FILE": log in afresh, as Hadoop does, with krb5.conf read again.
 * "ticket": a service ticket for what logged in last in this way. "kept FILE": krb5.conf read again, and a service ticket for what was kept.
 * A principal behind the file is the one that logs in this time, and a keytab behind it is used in place of the password.
 * "service PRINCIPAL": the service of the following tickets; a name service@host takes its realm from krb5.conf.
 * An answer is the number of milliseconds, then a tab and the exception if there was one.
 *
 * Written for Java 11, so that every release from there on can run it.
 *
 * Arguments: client principal, password, service principal.
 */
public final class LoginOracle {
    private static final String KERBEROS = "1.2.840.113554.1.2.2";
    private static final String PRINCIPAL_NAME = "1.2.840.113554.1.2.2.1";
    private static final String HOST_SERVICE = "1.2.840.113554.1.2.1.4";

    private String client;
    private String keytab;
    private final char[] password;
    private String service;
    private Subject kept;
    private Subject last;

    private LoginOracle(String client, String password, String service) {
        this.client = client;
        this.password = password.toCharArray();
        this.service = service;
    }

    public static void main(String[] arguments) throws Exception {
        // A name that was not found may be there in the next test.
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        Security.setProperty("networkaddress.cache.ttl", "0");
        LoginOracle oracle = new LoginOracle(arguments[0], arguments[1], arguments[2]);
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            String[] words = line.split(" ", 4);
            oracle.client = words.length > 2 ? words[2] : arguments[0];
            oracle.keytab = words.length > 3 ? words[3] : null;
            System.out.println(oracle.timed(words[0], words.length > 1 ? words[1] : null));
            System.out.flush();
        }
    }

    private String timed(String verb, String file) {
        if (verb.equals("service")) {
            service = file;
            return "0";
        }
        if (file != null) {
            System.setProperty("java.security.krb5.conf", file);
        }
        long began = System.nanoTime();
        String failure = "";
        try {
            obey(verb);
        } catch (Throwable thrown) {
            Throwable shown = thrown instanceof java.security.PrivilegedActionException ? thrown.getCause() : thrown;
            failure = "\t" + shown.toString().replaceAll("\\s+", " ");
        }
        return (System.nanoTime() - began) / 1_000_000 + failure;
    }

    private void obey(String verb) throws Exception {
        switch (verb) {
            case "keep":
                kept = login();
                break;
            case "login":
                last = login();
                break;
            case "ticket":
                ticket(last);
                break;
            case "kept":
                sun.security.krb5.Config.refresh();
                ticket(kept);
                break;
            default:
                throw new IllegalArgumentException(verb);
        }
    }

    private Subject login() throws Exception {
        Subject subject = new Subject();
        CallbackHandler answer = callbacks -> {
            for (Callback callback : callbacks) {
                if (callback instanceof PasswordCallback) {
                    ((PasswordCallback) callback).setPassword(password);
                }
            }
        };
        Map<String, String> options = keytab == null
                ? Map.of("principal", client, "refreshKrb5Config", "true")
                : Map.of("principal", client, "refreshKrb5Config", "true", "useKeyTab", "true", "storeKey", "true",
                        "doNotPrompt", "true", "keyTab", keytab);
        AppConfigurationEntry entry = new AppConfigurationEntry(
                "com.sun.security.auth.module.Krb5LoginModule",
                AppConfigurationEntry.LoginModuleControlFlag.REQUIRED,
                options);
        Configuration only = new Configuration() {
            @Override
            public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
                return new AppConfigurationEntry[] {entry};
            }
        };
        new LoginContext("oracle", subject, answer, only).login();
        return subject;
    }

    private void ticket(Subject subject) throws Exception {
        // A service ticket of an earlier round would be used again without a packet.
        subject.getPrivateCredentials(KerberosTicket.class).stream()
                .filter(ticket -> !ticket.getServer().getName().startsWith("krbtgt/"))
                .forEach(subject.getPrivateCredentials()::remove);
        Subject.doAs(subject, (PrivilegedExceptionAction<byte[]>) () -> {
            GSSManager manager = GSSManager.getInstance();
            Oid mechanism = new Oid(KERBEROS);
            GSSContext context = manager.createContext(
                    manager.createName(service, new Oid(service.contains("/") ? PRINCIPAL_NAME : HOST_SERVICE)), mechanism, null, GSSContext.DEFAULT_LIFETIME);
            try {
                return context.initSecContext(new byte[0], 0, 0);
            } finally {
                context.dispose();
            }
        });
    }
}
